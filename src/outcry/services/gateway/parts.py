"""The parts of a gateway as its routes are given them, by the name of the parameter."""

from typing import TypeAlias

from litestar.di import NamedDependency

from outcry.services.gateway.history import CompleteHistory
from outcry.services.gateway.http import Clock
from outcry.services.gateway.sign_in import SignIn
from outcry.services.gateway.views import Views

TheViews: TypeAlias = NamedDependency[Views]
TheHistory: TypeAlias = NamedDependency[CompleteHistory]
TheSignIn: TypeAlias = NamedDependency[SignIn]
TheClock: TypeAlias = NamedDependency[Clock]
