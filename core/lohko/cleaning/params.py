"""Parameters of this trade's steps. Nothing heavy is imported here: ``lohko --help`` reads it."""

from __future__ import annotations

from dataclasses import dataclass

from lohko.errors import UsageFault
from lohko.parameters import Params, option
from lohko.tables import tables

_COUNTRY_HELP = "country of rows that name none (ISO 3166-1 alpha-2); default: what the register itself shows"


@dataclass(frozen=True, slots=True)
class ContactsParams(Params):
    """Parameters of the contact cleaning in ``lohko clean``."""

    country: str | None = option(None, _COUNTRY_HELP, metavar="CC")


@dataclass(frozen=True, slots=True)
class AddressUpdatesParams(Params):
    """Parameters of the address updates in ``lohko clean``: none yet."""


@dataclass(frozen=True, slots=True)
class PostcodesParams(Params):
    """Parameters of ``lohko postcodes``."""

    country: str | None = option(None, _COUNTRY_HELP, metavar="CC")
    postcodes: str | None = option(
        None,
        "a newer list of Finland's codes: Posti's PCF file, or a CSV; it tells retirement, too",
        metavar="FILE",
        file=True,
    )
    places_right: bool = option(
        False, "place names are known to be right (chosen from a list, say): they overrule codes that exist elsewhere"
    )
    postcode_answers: str | None = option(
        None, "postcodes_review.csv with its column answer filled in: a code, or ok", metavar="FILE", file=True
    )


@dataclass(frozen=True, slots=True)
class EnrichParams(Params):
    """Parameters of ``lohko enrich``."""

    areas: str | None = option(
        None,
        "a file keyed by postcode or municipality; default: the package's table areas",
        metavar="FILE",
        file=True,
        table="areas",
    )
    prefix: str = option("area_", "what the names of the new columns begin with: area_ and more", metavar="TEXT")
    attribution: str | None = option(
        None, "the source line to keep with the figures; known for Statistics Finland's Paavo", metavar="TEXT"
    )


def _channels() -> tuple[str, ...]:
    column = tables()["permissions"].column("channel")
    return column.values if column else ()


@dataclass(frozen=True, slots=True)
class ConsentsParams(Params):
    """Parameters of ``lohko consents``."""

    stale_months: int = option(24, "a consent older than this, without being renewed, must be asked again", low=1)
    stale_channels: tuple[str, ...] = option(
        (), "another limit for one channel, in months, such as sms=12", metavar="CHANNEL=MONTHS"
    )
    rules: str | None = option(
        None, "your own rules beside lohko's: they tighten, and relax where they say so", metavar="FILE", file=True
    )
    screening_days: int = option(30, "an opt-out register screened longer ago than this must be screened first", low=1)
    screening_registers: tuple[str, ...] = option(
        (), "a register of your own naming that counts as screening for the channel it names", metavar="NAME"
    )
    country: str | None = option(None, _COUNTRY_HELP, metavar="CC")
    b2b_named: str = option(
        "ask",
        "a named person at a company without consent: ask first, or rely on opt-out where the offer fits the work",
        choices=("ask", "opt_out"),
    )
    mobile_subscriptions: bool = option(
        False, "the campaign sells mobile subscriptions (barred by phone to consumers in Finland)"
    )

    def __post_init__(self) -> None:
        """Check that each limit of a channel can be read."""
        super(ConsentsParams, self).__post_init__()
        self.stale_by_channel()

    def stale_limits(self) -> dict[str, int]:
        """Return the age in months from which a consent is stale, for every channel."""
        return dict.fromkeys(_channels(), self.stale_months) | self.stale_by_channel()

    def stale_by_channel(self) -> dict[str, int]:
        """Return the limits of single channels, in months.

        Raises
        ------
        UsageFault
            ``option_value``: not of the form CHANNEL=MONTHS, no such channel, or less than a month.
        """
        channels = _channels()
        found: dict[str, int] = {}
        for text in self.stale_channels:
            channel, _, months = (part.strip() for part in text.partition("="))
            if channel not in channels or not months.isdecimal() or int(months) < 1:
                raise UsageFault(
                    "option_value",
                    f"--stale-channels does not take '{text}'",
                    hint=f"write CHANNEL=MONTHS, such as sms=12; channels are {', '.join(channels)}",
                )
            found[channel] = int(months)
        return found
