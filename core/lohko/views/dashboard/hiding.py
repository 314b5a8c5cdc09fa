"""From exact counts to what may be shown: small groups are hidden, and whatever would give them away.

As in the value report (``lohko.disclosure``). What is known of a period are the customers before and now; the
segments' sizes add up to them; the moves add up to the sizes; and so do new, retained, reactivated, lost and quiet.
"""

from __future__ import annotations

from collections.abc import Sequence

from lohko.disclosure import sealed, tells, veiled, veiled_lines
from lohko.views.dashboard.counts import OUTSIDE, Counts
from lohko.views.dashboard.model import Growth, SegmentChange
from lohko.views.report.model import HIDDEN, Ratio, Shown

_THEN = ("retained", "lost", "idle")  # customers of the older package, by what became of them
_NOW = ("new", "retained", "reactivated", "idle")  # customers of the newer one, by where they came from

Flags = Sequence[bool]
Grid = list[list[int]]


def sizes(counts: Sequence[int], k: int) -> tuple[Shown, ...]:
    """Return the sizes of all segments at one time."""
    return tuple(_shown(count, hide=hide) for count, hide in zip(counts, veiled(counts, k), strict=True))


def moves(counts: Counts, k: int) -> tuple[dict[tuple[str | None, str | None], Shown], tuple[Shown, Shown]]:
    """Return the moves between segments and from and to the outside, and how many came and went in all."""
    outside = 0 < counts.came < k or 0 < counts.gone < k  # either follows from the other and the customers in all
    ends = (*counts.slugs, OUTSIDE)
    grid = [[counts.moves[source, target] for target in ends] for source in ends]
    rows = (*veiled([counts.size_before(slug) for slug in counts.slugs], k), outside)
    columns = (*veiled([counts.size(slug) for slug in counts.slugs], k), outside)
    stays = [place * len(ends) + place for place in range(len(counts.slugs))]
    flags = _veiled(grid, rows, columns, k, lines=(stays,), nobody=len(ends) ** 2 - 1)
    found = {
        (source, target): _shown(grid[y][x], hide=flags[y][x])
        for y, source in enumerate(ends)
        for x, target in enumerate(ends)
        if counts.slugs and not (source is OUTSIDE and target is OUTSIDE)
    }
    return found, (_shown(counts.came, hide=outside), _shown(counts.gone, hide=outside))


def stayed(counts: Counts, k: int) -> tuple[Shown | None, Shown | None]:
    """Return how many of those in both registers are in the same segment, and how many in another; None without segments."""
    if not counts.slugs:
        return None, None
    both = counts.now - counts.came
    same = sum(counts.moves[slug, slug] for slug in counts.slugs)
    hide = 0 < counts.came < k or 0 < counts.gone < k or not tells(same, both, k)
    return _shown(same, hide=hide), _shown(both - same, hide=hide)


def segments(
    counts: Counts,
    moved: dict[tuple[str | None, str | None], Shown],
    k: int,
    *,
    told: bool,
) -> tuple[SegmentChange, ...]:
    """Return each segment's change; what is left of a size when the rest is shown is hidden with it."""
    befores = sizes([counts.size_before(slug) for slug in counts.slugs], k)
    nows = sizes([counts.size(slug) for slug in counts.slugs], k)
    growths = growth_by_segment(counts, k) if told else (None,) * len(counts.slugs)
    found = []
    for slug, before, now, growth in zip(counts.slugs, befores, nows, growths, strict=True):
        stayed, came, gone = moved[slug, slug], moved[OUTSIDE, slug], moved[slug, OUTSIDE]
        found.append(
            SegmentChange(
                slug=slug,
                before=before,
                now=now,
                change=_less(now, before),
                change_share=_rate(_less(now, before), before),
                share=_rate(now, counts.now),
                stayed=stayed,
                came=came,
                moved_in=_less(now, stayed, came),
                moved_out=_less(before, stayed, gone),
                gone=gone,
                growth=growth,
            )
        )
    return tuple(found)


def growth(counts: Counts, k: int, *, returns_known: bool) -> Growth:
    """Return the growth of all customers; where nobody is known to have come back and nobody could be, that is not told."""
    then, now = _totals(counts)
    hidden_then, hidden_now = _hidden_totals(then, now, k)
    told = {
        **{f"then:{name}": _shown(n, hide=hide) for name, n, hide in zip(_THEN, then, hidden_then, strict=True)},
        **{f"now:{name}": _shown(n, hide=hide) for name, n, hide in zip(_NOW, now, hidden_now, strict=True)},
    }
    return _growth(
        counts.before,
        counts.now,
        told,
        untold=not returns_known and now[_NOW.index("reactivated")] == 0,
    )


def growth_by_segment(counts: Counts, k: int) -> tuple[Growth, ...]:
    """Return growth by segment: the lost by the segment they were in, all others by the one they are in."""
    then = [_then(counts, slug) for slug in counts.slugs]
    now = [_now(counts, slug) for slug in counts.slugs]
    whole_then, whole_now = _hidden_totals(*_totals(counts), k)
    rows_then = veiled([sum(row) for row in then], k)
    rows_now = veiled([sum(row) for row in now], k)
    flags_then = _veiled(then, rows_then, whole_then, k)
    flags_now = _veiled(now, rows_now, whole_now, k)
    found = []
    for place in range(len(counts.slugs)):
        told = {
            **{f"then:{name}": _shown(then[place][x], hide=flags_then[place][x]) for x, name in enumerate(_THEN)},
            **{f"now:{name}": _shown(now[place][x], hide=flags_now[place][x]) for x, name in enumerate(_NOW)},
        }
        before = _shown(sum(then[place]), hide=rows_then[place])
        size = _shown(sum(now[place]), hide=rows_now[place])
        found.append(_growth(before, size, told, untold=False))
    return tuple(found)


def _growth(before: Shown, now: Shown, told: dict[str, Shown], *, untold: bool) -> Growth:
    active_before, active = _less(before, told["then:idle"]), _less(now, told["now:idle"])
    new, lost = told["now:new"], told["then:lost"]
    return Growth(
        before=active_before,
        new=new,
        retained=told["now:retained"],
        reactivated=None if untold else told["now:reactivated"],
        lost=lost,
        active=active,
        new_share=_rate(new, active),
        churn=_rate(lost, active_before),
    )


def _then(counts: Counts, slug: str | None) -> list[int]:
    own = {status: number for (status, segment), number in counts.by_before.items() if segment == slug}
    idle = sum(own.get(status, 0) for status in ("new", "reactivated", "quiet"))
    return [own.get("retained", 0), own.get("lost", 0), idle]


def _now(counts: Counts, slug: str | None) -> list[int]:
    own = {status: number for (status, segment), number in counts.by_now.items() if segment == slug}
    idle = own.get("lost", 0) + own.get("quiet", 0)
    return [own.get("new", 0), own.get("retained", 0), own.get("reactivated", 0), idle]


def _totals(counts: Counts) -> tuple[list[int], list[int]]:
    slugs = counts.slugs or (None,)
    then = [sum(column) for column in zip(*(_then(counts, slug) for slug in slugs), strict=True)]
    now = [sum(column) for column in zip(*(_now(counts, slug) for slug in slugs), strict=True)]
    return then, now


def _hidden_totals(then: Sequence[int], now: Sequence[int], k: int) -> tuple[Flags, Flags]:
    """Tell which totals must be kept back: those then and now add up to the customers then and now; retained are in both."""
    # retained customers who left the register since cannot be: whoever is active now is in it
    retained, lost, idle_then = range(3)
    new, reactivated, idle_now = 3, 4, 5
    flags = veiled_lines(
        [then[0], then[1], then[2], now[0], now[2], now[3]],
        [[retained, lost, idle_then], [new, retained, reactivated, idle_now]],
        k,
    )
    few_then, few_now = 0 < sum(then) < k, 0 < sum(now) < k  # of so few nothing is told
    both = flags[0] or few_then or few_now
    lost, idle, new, back, quiet = flags[1:]
    return (both, lost or few_then, idle or few_then), (new or few_now, both, back or few_now, quiet or few_now)


def _veiled(
    grid: Grid, rows: Flags, columns: Flags, k: int, *, lines: Sequence[Sequence[int]] = (), nobody: int = -1
) -> list[list[bool]]:
    """Tell which cells must be kept back; all of a row or column whose sum is itself hidden are.

    ``lines`` are further places whose sum is known; in ``nobody`` there can be none, as every reader knows.
    """
    if not grid:
        return []
    wide = len(grid[0])
    cells = [cell for row in grid for cell in row]
    flags = [rows[y] or columns[x] for y in range(len(grid)) for x in range(wide)]
    known = [[y * wide + x for x in range(wide)] for y in range(len(grid)) if not rows[y]]
    known += [[y * wide + x for y in range(len(grid))] for x in range(wide) if not columns[x]]
    known = [[place for place in line if place != nobody] for line in (*known, *lines)]
    flags = list(veiled_lines(cells, known, k, flags))
    # a sum that is kept back might follow from the cells of its line
    shut = [[y * wide + x for x in range(wide)] for y in range(len(grid)) if rows[y]]
    shut += [[y * wide + x for y in range(len(grid))] for x in range(wide) if columns[x]]
    alone = [[place] for place in range(len(cells))]
    hidden = [*flags, *([False] * len(known)), *([True] * len(shut))]
    flags = list(sealed(cells, [*alone, *known, *shut], hidden, k, hideable=len(alone)))
    return [flags[y * wide : (y + 1) * wide] for y in range(len(grid))]


def _shown(count: int, *, hide: bool) -> Shown:
    return HIDDEN if hide else count


def _less(whole: Shown, *parts: Shown) -> Shown:
    """Return what is left of a whole; hidden where any of it is."""
    if not isinstance(whole, int) or not all(isinstance(part, int) for part in parts):
        return HIDDEN
    return whole - sum(part for part in parts if isinstance(part, int))


def _rate(part: Shown, whole: Shown) -> Ratio:
    if not isinstance(part, int) or not isinstance(whole, int):
        return HIDDEN
    return round(part / whole, 6) if whole else None
