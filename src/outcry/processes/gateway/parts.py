"""The parts of a gateway as its routes are given them, by the name of the parameter."""

from typing import TypeAlias

from litestar.di import NamedDependency

from outcry.processes.gateway.call import Call
from outcry.processes.gateway.first_outcomes import FirstOutcomes
from outcry.processes.gateway.history import CompleteHistory
from outcry.processes.gateway.http import Clock
from outcry.processes.gateway.sign_in import SignIn
from outcry.processes.gateway.views import Views
from outcry.processes.gateway.withdrawals import Withdrawals

TheCall: TypeAlias = NamedDependency[Call]
TheViews: TypeAlias = NamedDependency[Views]
TheHistory: TypeAlias = NamedDependency[CompleteHistory]
TheFirstOutcomes: TypeAlias = NamedDependency[FirstOutcomes]
TheWithdrawals: TypeAlias = NamedDependency[Withdrawals]
TheSignIn: TypeAlias = NamedDependency[SignIn]
TheClock: TypeAlias = NamedDependency[Clock]
