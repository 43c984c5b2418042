"""Prints the API's description. It needs no venue: the API is what the routes are."""

from outcry.processes.gateway.app import PARTS, ROUTES
from outcry.processes.gateway.openapi import Document


def main() -> str:
    """The document that a gateway serves."""
    return Document(ROUTES, PARTS).text.decode()
