"""Draws the simulation of `outcry bench house`: `make house` (some minutes).

The plot is docs/images/house.svg.
"""

from pathlib import Path
from statistics import median

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from rich.console import Console

from outcry.bench.house import (
    YEARS,
    Courses,
    attackers_of,
    mean_of,
    print_tables,
    rounds_of,
    simulate,
)

PLOT = Path(__file__).parents[1] / "docs" / "images" / "house.svg"
COLORS = {"reference": "#7a7f87", "retail": "#2f6fde", "crypto": "#d9822b"}


def main() -> None:
    """Simulate, print the tables, and draw."""
    console = Console()
    courses = simulate(console)
    print_tables(console, courses)
    mpl.rcParams.update({"svg.hashsalt": "house", "font.size": 9, "axes.spines.top": False,
                         "axes.spines.right": False})
    figure, (years, attacks) = plt.subplots(1, 2, figsize=(12, 5), layout="constrained")
    _draw_years(years, courses)
    _draw_attacks(attacks, courses)
    figure.savefig(PLOT, metadata={"Date": None})
    console.print(f"drawn: {PLOT}")


def _draw_years(axes: Axes, courses: Courses) -> None:
    """The house's money day by day: each year thin, the median thick."""
    for profile, of_profile in courses.items():
        days = [[money / 1_000 for money in clients.days] for clients, _ in of_profile]
        for year in days:
            axes.plot(year, color=COLORS[profile], linewidth=0.6, alpha=0.5)
        axes.plot([median(day) for day in zip(*days, strict=True)], color=COLORS[profile],
                  linewidth=2, label=profile)
    axes.axhline(0, color="black", linewidth=0.6)
    axes.set_title(f"The house with random clients, {YEARS} years")
    axes.set_xlabel("day")
    axes.set_ylabel("result, thousand USDC")
    axes.legend()


def _draw_attacks(axes: Axes, courses: Courses) -> None:
    """The mean result of each attacker's round, with two standard errors."""
    attackers = attackers_of(courses)
    height = 0.8 / len(courses)
    for row, (profile, of_profile) in enumerate(courses.items()):
        means = [mean_of(rounds_of(of_profile, attacker)) for attacker in attackers]
        axes.barh(
            [place + row * height for place in range(len(attackers))],
            [mean for mean, _, _ in means], height, xerr=[2 * error for _, error, _ in means],
            color=COLORS[profile], label=profile,
        )
    axes.axvline(0, color="black", linewidth=0.6)
    axes.set_xscale("symlog", linthresh=100)
    axes.set_yticks([place + height for place in range(len(attackers))], attackers)
    axes.invert_yaxis()
    axes.set_title("Attackers: mean result of a round, USDC")


if __name__ == "__main__":
    main()
