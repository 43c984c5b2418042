"""Prints the API's description. It needs no venue: the API is what the routes are."""

from outcry.services.gateway.app import PARTS, ROUTES
from outcry.services.gateway.openapi import Document


def main() -> str:
    """The document that a gateway serves."""
    return Document(ROUTES, PARTS).text.decode()
