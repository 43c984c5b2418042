"""`outcry bench house`: the house's result over years of minute prices, under each profile.

Random clients trade, and attackers try what has made money at other desks. An attacker's figure is
the mean result of a round of 5,000 in one stake, with its standard error: a house that cannot be
milked leaves none of them a mean above zero.
"""

import logging
import math
import random
import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import product

import structlog
from rich.console import Console
from rich.progress import track

from outcry.bench.house_book import BookAttacker
from outcry.bench.house_desk import MINUTES_A_YEAR, ONE, Desk, year
from outcry.bench.house_people import (
    STAKE,
    Attacker,
    Client,
    HeldQuoteAttacker,
    PairAttacker,
    Person,
)
from outcry.bench.machine import table_of
from outcry.engine.events import Event
from outcry.operations.profiles import PROFILES

YEARS = 5
CLIENTS = 20
BOOK_ROUNDS = 40  # A year, of each kind.
LEVERAGES = (20, 10, 5)  # Of pairs, beside the most that there is.
PUSHES = (0.003, 0.01, 0.05)
PUSHED_S = (3, 20)
SEED = 11
MINUTES_A_DAY = 24 * 60

Crowd = Callable[[Desk], list[Person]]


@dataclass
class Course:
    """What became of a house: its money at the end of each day, and the rounds of attackers."""

    days: list[float] = field(default_factory=list)
    rounds: dict[str, list[float]] = field(default_factory=dict)  # Results, by attacker.


Courses = dict[str, list[tuple[Course, Course]]]  # Of clients and of attackers, by profile.


def main() -> None:
    """Simulate years under each profile, and print tables."""
    console = Console()
    print_tables(console, simulate(console))


def simulate(console: Console) -> Courses:
    """Years under each profile: of each, one with random clients and one with attackers."""
    # Each moved book would be told in the log.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    courses: Courses = {profile: [] for profile in PROFILES}
    years = [(profile, SEED + number) for profile in PROFILES for number in range(YEARS)]
    for profile, seed in track(years, description="trading", console=console):
        courses[profile].append((of_clients(profile, seed), of_attackers(profile, seed)))
    return courses


def print_tables(console: Console, courses: Courses) -> None:
    """Print the house's result of each year, and the mean result of each attacker."""
    years = table_of(
        f"the house after a year of {CLIENTS} random clients", "profile",
        *(f"year {number}" for number in range(1, YEARS + 1)),
    )
    for profile, of_profile in courses.items():
        years.add_row(profile, *(f"{clients.days[-1]:+,.0f}" for clients, _ in of_profile))
    console.print(years)
    attacks = table_of(
        f"attackers: mean result of a round with a stake of {STAKE // ONE:,}", "attacker", *courses
    )
    for attacker in attackers_of(courses):
        attacks.add_row(attacker, *(
            _mean_text(rounds_of(of_profile, attacker)) for of_profile in courses.values()
        ))
    console.print(attacks)
    console.print(
        f"± is the standard error; seeds {SEED} to {SEED + YEARS - 1};"
        f" a year has {MINUTES_A_YEAR:,} quotes"
    )


def attackers_of(courses: Courses) -> list[str]:
    """The names of all attackers."""
    [(_, attacks), *_] = next(iter(courses.values()))
    return list(attacks.rounds)


def rounds_of(of_profile: list[tuple[Course, Course]], attacker: str) -> list[float]:
    """The results of an attacker's rounds in all years."""
    return [result for _, attacks in of_profile for result in attacks.rounds[attacker]]


def of_clients(profile: str, seed: int, minutes: int = MINUTES_A_YEAR) -> Course:
    """A year, or its first minutes, of random clients."""
    dice = random.Random(f"{seed} clients")  # noqa: S311 - a simulation, not a secret
    return _run(profile, seed, lambda desk: [Client(desk, dice) for _ in range(CLIENTS)], minutes)


def of_attackers(
    profile: str, seed: int, minutes: int = MINUTES_A_YEAR, book_rounds: int = BOOK_ROUNDS
) -> Course:
    """A year, or its first minutes, of one attacker of each kind."""
    course = _run(profile, seed, lambda desk: [
        PairAttacker(desk, accounts=1),
        *(PairAttacker(desk, accounts=2, leverage=each) for each in (None, *LEVERAGES)),
        HeldQuoteAttacker(desk),
    ], minutes)
    for push, seconds in product(PUSHES, PUSHED_S):
        mover = BookAttacker(profile, seed, push=push, seconds=seconds)
        for _ in range(book_rounds):
            mover.play()
        course.rounds[mover.name] = [result / ONE for result in mover.results]
    return course


def mean_of(rounds: Iterable[float]) -> tuple[float, float, int]:
    """The mean result of a round, its standard error, and the number of rounds."""
    results = list(rounds)
    if len(results) < 2:
        return sum(results), 0.0, len(results)
    error = statistics.stdev(results) / math.sqrt(len(results))
    return statistics.mean(results), error, len(results)


def _mean_text(rounds: Iterable[float]) -> str:
    mean, error, count = mean_of(rounds)
    return f"{mean:+,.2f} ± {error:,.2f} of {count:,}"


def _run(profile: str, seed: int, crowd_on: Crowd, minutes: int) -> Course:
    dice = random.Random(f"{seed} price")  # noqa: S311 - a simulation, not a secret
    desk = Desk(profile)
    crowd = crowd_on(desk)
    course = Course()
    for minute, tick in enumerate(year(dice, minutes), start=1):
        _tell(crowd, desk.quote(tick))
        # A pair that lost a leg deals the other at the same price, and begins again.
        for _ in range(2):
            wishes = [command for each in crowd for command in each.commands(tick)]
            if not wishes:
                break
            for events in desk.apply(wishes):
                _tell(crowd, events)
        if minute % MINUTES_A_DAY == 0:
            course.days.append(desk.house / ONE)
    for each in crowd:
        if isinstance(each, Attacker):
            course.rounds[each.name] = [result / ONE for result in each.results]
    return course


def _tell(crowd: list[Person], events: list[Event]) -> None:
    for event in events:
        for each in crowd:
            each.hear(event)
