"""A small model of publishing, crashing, snapshots and takeover, walked through to its last state.

Two engines, a journal of a few entries, one log server. Each step of `steps` is one that a real
process or the server does at once, and any of them may come next. `RULES` are the rules of
docs/log-protocol.md; with one left out the shortest way to a hole can be seen.

An entry's answer is one letter: `a` when it was applied, `e` when it was left out because the
quarantine list says so. What is published of an entry is all answers up to it, as the chain digest
covers all that came before. An engine may fail once, whatever the entry it is at.
"""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

ENTRIES = 2
NOBODY = -1

LEASE = "only the lease holder publishes"
PREVIOUS = "a publication names the newest entry, and is refused when another is"
WHOLE = "a publication is appended whole or not at all"
SNAPSHOT = "no snapshot above the top of the events is used"
KEEPS = "an engine without the lease keeps what it made until it is published"
HOLDER = "only the lease holder puts a command in quarantine"
UNPUBLISHED = "nothing that was published is put in quarantine"
HEEDS = "who takes the lease starts again when something it applied is in quarantine"
TOKEN = "whoever takes the lease, and does not only renew it, has a new token"
RULES = frozenset({
    TOKEN, LEASE, PREVIOUS, WHOLE, SNAPSHOT, KEEPS, HOLDER, UNPUBLISHED, HEEDS,
})


class Sent(NamedTuple):
    """A publication on its way: it may still land when its engine is dead."""

    engine: int
    token: int
    after: int  # How many entries the stream is to have before.
    answers: str  # Of all entries up to its last.


class EngineAt(NamedTuple):
    """What one engine knows. None stands for one that is not running."""

    token: int  # Under which it had the lease last.
    answers: str  # Of each entry it has applied.
    after: int  # Up to where it has found its answers in the stream, and let go of them.
    upto: int  # Up to where it has sent them, and waits for what becomes of them.
    leads: bool
    quarantine: frozenset[int]  # As it has read the list.


class At(NamedTuple):
    """Everything at one moment."""

    events: tuple[str, ...]  # Nothing where a hole is.
    holder: int  # Token that has the lease.
    quarantine: frozenset[int]
    snapshots: frozenset[str]  # The answers of what they hold.
    engines: tuple[EngineAt | None, EngineAt | None]
    sent: tuple[Sent, ...]  # Oldest first.
    failures_left: int

    def put(self, number: int, engine: EngineAt | None) -> "At":
        """The same with one engine otherwise."""
        engines = (engine, self.engines[1]) if number == 0 else (self.engines[0], engine)
        return self._replace(engines=engines)


FIRST = At((), NOBODY, frozenset(), frozenset(), (None, None), (), 1)
SENT_MAX = 2
FRESH = 99  # A token nobody had before.
SNAPSHOTS_MAX = 1
Step = tuple[str, At]


def steps(at: At, rules: frozenset[str]) -> Iterator[Step]:
    """Everything that can happen next."""
    if at.holder != NOBODY:
        yield "the lease runs out", at._replace(holder=NOBODY)
    for number, engine in enumerate(at.engines):
        if engine is None:
            yield from _start(at, number, rules)
        else:
            yield f"engine {number} is killed", at.put(number, None)
            yield from _apply(at, number, engine, rules)
            yield from _send(at, number, engine)
            yield from _compare(at, number, engine, rules)
            yield from _take_lease(at, number, engine, rules)
            yield from _keep_snapshot(at, number, engine)
    for place, sent in enumerate(at.sent):
        rest = at._replace(sent=at.sent[:place] + at.sent[place + 1 :])
        yield f"{_said(sent)} are lost", rest
        if not any(earlier.token == sent.token for earlier in at.sent[:place]):
            yield from _land(rest, sent, rules)


def _start(at: At, number: int, rules: frozenset[str]) -> Iterator[Step]:
    """From a snapshot or from nothing, and by replay to the top of the events."""
    for held in sorted({"", *at.snapshots}):
        if len(held) <= len(at.events) or SNAPSHOT not in rules:
            answers = _replayed(at, held)
            if _differs(at, answers):
                continue
            engine = EngineAt(NOBODY, answers, len(answers), len(answers), False, at.quarantine)
            begins = f"a snapshot at {len(held)}" if held else "nothing"
            yield f"engine {number} starts from {begins}", at.put(number, engine)


def _replayed(at: At, answers: str) -> str:
    return answers + "".join(
        "e" if place in at.quarantine else "a" for place in range(len(answers), len(at.events))
    )


def _differs(at: At, answers: str) -> bool:
    """Whether the stream says otherwise of something, so that an engine stops for a person."""
    return any(
        entry != answers[: place + 1] for place, entry in enumerate(at.events[: len(answers)])
    )


def _apply(at: At, number: int, engine: EngineAt, rules: frozenset[str]) -> Iterator[Step]:
    place = len(engine.answers)
    if place == ENTRIES:
        return
    answer = "e" if place in engine.quarantine else "a"
    applied = engine._replace(answers=engine.answers + answer)
    yield f"engine {number} applies {place + 1}", at.put(number, applied)
    if answer == "a":
        yield from _fail(at, number, place, engine.token, rules)


def _fail(
    at: At, number: int, place: int, token: int, rules: frozenset[str]
) -> Iterator[Step]:
    """Bad luck while an entry is applied: it is put in quarantine, and the engine ends."""
    if at.failures_left:
        allowed = (at.holder == token != NOBODY or HOLDER not in rules) and (
            place >= len(at.events) or UNPUBLISHED not in rules
        )
        listed = at.quarantine | {place} if allowed else at.quarantine
        yield f"engine {number} fails at {place + 1}", at.put(number, None)._replace(
            quarantine=listed, failures_left=0
        )


def _send(at: At, number: int, engine: EngineAt) -> Iterator[Step]:
    """Send what is not under way. It need not wait for what becomes of the last publication."""
    under_way = sum(sent.token == engine.token for sent in at.sent)
    if engine.leads and under_way < SENT_MAX:
        for upto in range(engine.upto + 1, len(engine.answers) + 1):
            sent = Sent(number, engine.token, engine.upto, engine.answers[:upto])
            yield f"engine {number} sends {engine.upto + 1} to {upto}", at.put(
                number, engine._replace(upto=upto)
            )._replace(sent=(*at.sent, sent))
    if engine.upto > engine.after and not under_way:
        # The answers came, or never will.
        again = engine._replace(upto=engine.after, leads=False)
        yield f"engine {number} looks what became of what it sent", at.put(number, again)


def _compare(at: At, number: int, engine: EngineAt, rules: frozenset[str]) -> Iterator[Step]:
    known = min(len(at.events), len(engine.answers))
    if known > engine.after:
        if _differs(at, engine.answers):
            yield f"engine {number} stops: the stream says otherwise", at.put(number, None)
        else:
            yield f"engine {number} finds {known} in the stream", at.put(
                number, engine._replace(after=known, upto=max(known, engine.upto))
            )
    if KEEPS not in rules and not engine.leads and engine.after < len(engine.answers):
        made = len(engine.answers)
        yield f"engine {number} lets go of {made}", at.put(
            number, engine._replace(after=made, upto=made)
        )


def _take_lease(at: At, number: int, engine: EngineAt, rules: frozenset[str]) -> Iterator[Step]:
    """Take it when nobody has it; read the list, and come to the top."""
    if at.holder != NOBODY:
        return
    if engine.leads and TOKEN not in rules:
        yield f"engine {number} renews a lease it had lost", at._replace(holder=engine.token)
        return
    token = FRESH if TOKEN in rules else number
    taken = at._replace(holder=token)
    name = f"engine {number} takes the lease"
    moved = any(place < len(engine.answers) for place in at.quarantine ^ engine.quarantine)
    answers = _replayed(at, engine.answers)
    if (moved and HEEDS in rules) or _differs(at, answers):
        yield f"{name}, and has to start again", taken.put(number, None)
        return
    if len(engine.answers) < len(at.events):
        yield from _fail(taken, number, len(engine.answers), token, rules)
    after = max(engine.after, len(at.events))
    yield name, taken.put(number, EngineAt(token, answers, after, after, True, at.quarantine))


def _keep_snapshot(at: At, number: int, engine: EngineAt) -> Iterator[Step]:
    """At any time: a child may be slow, and the engine it came from dead."""
    if engine.answers and len(at.snapshots) < SNAPSHOTS_MAX:
        yield f"engine {number} takes a snapshot at {len(engine.answers)}", at._replace(
            snapshots=frozenset({engine.answers})
        )


def _land(at: At, sent: Sent, rules: frozenset[str]) -> Iterator[Step]:
    """A publication reaches the server."""
    name = f"{_said(sent)} reach the server"
    if LEASE in rules and at.holder != sent.token:
        yield f"{name}, which refuses them: no lease", at
    elif PREVIOUS in rules and sent.after != len(at.events):
        yield f"{name}, which refuses them: another end", at
    else:
        yield name, at._replace(events=_appended(at.events, sent.after, sent.answers))
        if WHOLE not in rules and len(sent.answers) - sent.after > 1:
            yield f"{name}, which has no room for the first", at._replace(
                events=_appended(at.events, sent.after + 1, sent.answers)
            )


def _said(sent: Sent) -> str:
    return f"{sent.after + 1} to {len(sent.answers)} of engine {sent.engine}"


def _appended(events: tuple[str, ...], after: int, answers: str) -> tuple[str, ...]:
    """Ids only rise: what is at or below the top is refused, and what is left out stays out."""
    first = max(after, len(events))
    new = tuple(answers[: place + 1] for place in range(first, len(answers)))
    return events + ("",) * (first - len(events)) + new if new else events


def broken(at: At) -> str | None:
    """What must never be; None when all is well."""
    truth = ""
    for place, entry in enumerate(at.events):
        truth += "e" if place in at.quarantine else "a"
        if not entry:
            return f"hole: {place + 1} has no answer, and can get none any more"
        if entry != truth:
            return f"{place + 1} was answered otherwise than every replay says"
    for number, engine in enumerate(at.engines):
        if engine is not None and engine.leads and engine.after > len(at.events):
            return f"hole: engine {number} leads, and has let go of an answer nobody has"
    return None


def _plain(at: At, rules: frozenset[str]) -> At:
    """The same moment with tokens in the order in which they are met.

    What was sent under a token that nobody can have any more will be refused: it is as good as
    lost.
    """
    if TOKEN not in rules:
        return at
    sent = at.sent
    if LEASE in rules:
        sent = tuple(each for each in sent if each.token == at.holder)
    names: dict[int, int] = {NOBODY: NOBODY}

    def named(token: int) -> int:
        return names.setdefault(token, len(names) - 1)

    holder = named(at.holder)
    one, other = (
        engine and engine._replace(token=named(engine.token)) for engine in at.engines
    )
    return at._replace(
        holder=holder, engines=(one, other),
        sent=tuple(each._replace(token=named(each.token)) for each in sent),
    )


def shortest_to_a_hole(
    rules: frozenset[str],
) -> tuple[list[str], int]:
    """The shortest way to something broken, with its end; and how many states were seen.

    The way is empty when there is none.
    """
    came: dict[At, Step | None] = {FIRST: None}
    queue = deque([FIRST])
    while queue:
        at = queue.popleft()
        trouble = broken(at)
        if trouble is not None:
            return [*_way(came, at), trouble], len(came)
        for step, after in steps(at, rules):
            then = _plain(after, rules)
            if then not in came:
                came[then] = (step, at)
                queue.append(then)
    return [], len(came)


def _way(came: dict[At, Step | None], at: At) -> list[str]:
    way: list[str] = []
    before = came[at]
    while before is not None:
        step, at = before
        way.append(step)
        before = came[at]
    return way[::-1]
