"""Stories whose unknowns fall into independent groups: each group read on a grid of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from bayesips.engine.quadrature.axes import log_spacing, narrowed
from bayesips.engine.quadrature.grouped import Grouped
from bayesips.engine.quadrature.reader import Reader
from bayesips.engine.quadrature.region import Region, Resolution
from bayesips.engine.quadrature.story import Normal, Rate, Story
from bayesips.errors import NotSettled

# The sum over who belongs where has 2^arms terms for each group.
MOST_ARMS = 12


def reader_of(story: Story) -> Reader | GroupedReader:
    """Who reads a story: on one grid, or on a grid for each group of unknowns."""
    groups = groups_of(story)
    if groups is None:
        return Reader(story, story.batch_shape)
    return GroupedReader(story, groups, story.batch_shape)


@dataclass(frozen=True, eq=False)
class Group:
    """Some unknowns as a story of their own: every rate with only the parts that use them.

    `rates` leads from each rate of the whole story to its parts in this group.
    """

    story: Story
    rates: dict[Rate, Normal]


def groups_of(story: Story) -> list[Group] | None:
    """The story's independent groups of unknowns; None where all belong together."""
    normals = [rate for rate in story.rates if isinstance(rate, Normal)]
    if len(normals) < len(story.rates) or not isinstance(story.control, Normal):
        return None
    parts = [part for rate in normals for part in rate.parts]
    if any(weight.uses or scale is None for weight, _, scale in parts):
        return None
    shape = {str(value.name) for value in story.shape}
    sets = _joined([centre.uses | scale.uses for _, centre, scale in parts if scale is not None])
    alone = set(story.hypers) - shape - {name for names in sets for name in names}
    if len(sets) + len(alone) < 2:  # noqa: PLR2004  one group is an ordinary story
        return None
    return [_group(story, normals, names, shape) for names in [*sets, frozenset[str]()]]


def _joined(uses: list[frozenset[str]]) -> list[frozenset[str]]:
    """Sets of unknowns, those that meet made one."""
    found: list[frozenset[str]] = []
    for names in uses:
        meeting = [each for each in found if each & names]
        if names:
            apart = [each for each in found if not each & names]
            found = [*apart, names.union(*meeting)]
    return sorted(found, key=sorted)


def _group(story: Story, normals: list[Normal], names: frozenset[str], shape: set[str]) -> Group:
    """The parts that use some unknowns (or, for none, those that use no unknown at all)."""
    rates: dict[Rate, Normal] = {}
    for rate in normals:
        parts = [
            (weight, centre, scale)
            for weight, centre, scale in rate.parts
            if scale is not None and _belongs(centre.uses | scale.uses, names)
        ]
        if parts:
            rates[rate] = Normal(rate.name, list(rate.observed), parts)
    hypers = {n: prior for n, prior in story.hypers.items() if n in names | shape}
    own = Story(story.endpoint, hypers, list(rates.values()), story.shape)
    return Group(own, rates)


def _belongs(uses: frozenset[str], names: frozenset[str]) -> bool:
    """Whether a part that uses these unknowns is one of the group's."""
    return bool(uses & names) if names else not uses


@dataclass(frozen=True, eq=False)
class GroupedReader:
    """Reads each group of unknowns on a grid of its own, at any resolution.

    A group's unknowns keep the whole range of their priors: where no arm belongs to it, nothing is
    learned of them.
    """

    story: Story
    groups: list[Group]
    batch: tuple[int, ...]

    @cached_property
    def readers(self) -> list[Reader]:
        """One for each group."""
        return [Reader(group.story, self.batch) for group in self.groups]

    def region(self) -> Region:
        """As wide as the priors, but for the shape, which is narrowed by a first look.

        Raises
        ------
        NotSettled
            If there are too many arms.
        """
        arms = sum(bool(rate.observed) for rate in self.story.rates)
        if arms > MOST_ARMS:
            raise NotSettled(
                f"the story has {arms} arms, each of which may belong to any of "
                f"{len(self.groups)} parts with unknowns of their own; the exact engine sums over "
                f"at most {MOST_ARMS} such arms: use engine='nuts'"
            )
        whole = self.first_region()
        return self._narrowed(whole) if self.story.shape else whole

    def first_region(self) -> Region:
        """As wide as the priors."""
        first = [reader.first_region() for reader in self.readers]
        return Region(
            {name: ends for each in first for name, ends in each.even.items()},
            {name: parts for each in first for name, parts in each.uneven.items()},
        )

    def _narrowed(self, region: Region) -> Region:
        """The shape's axis cut to where its posterior is."""
        look = self.hierarchy(region, Reader.first_resolution)
        axis = look.hierarchies[0].axes[look.hierarchies[0].shape_axis or 0]
        logs = look.log_shape
        density = (logs - logs.max(axis=0)).max(axis=1) - log_spacing(axis)
        parts = narrowed(region.uneven[axis.name], axis, density - density.max())
        return replace(region, uneven={**region.uneven, axis.name: parts})

    def hierarchy(self, region: Region, resolution: Resolution) -> Grouped:
        """All groups read on given regions."""
        hierarchies = [
            reader.hierarchy(_part_of(region, reader.story), resolution) for reader in self.readers
        ]
        return Grouped(self.story, hierarchies, [group.rates for group in self.groups], self.batch)

    def widened(self, read: Grouped, region: Region) -> None:
        """Never wider: the regions are those of the priors."""
        del read, region


def _part_of(region: Region, story: Story) -> Region:
    """The region of one group's unknowns."""
    return Region(
        {name: ends for name, ends in region.even.items() if name in story.hypers},
        {name: parts for name, parts in region.uneven.items() if name in story.hypers},
    )
