"""``lohko ingest``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, cast

import typer

from lohko.reading.params import IngestParams
from lohko_cli.options import CONFIG, EVERYWHERE, FORMAT, WRITING, from_params
from lohko_cli.options import command as make_command
from lohko_cli.session import Session, running
from lohko_cli.stepping import package_format

if TYPE_CHECKING:
    from lohko.reading.beside import Beside
    from lohko.reading.sources import Source


def _run(session: Session) -> None:
    from lohko.errors import UsageFault
    from lohko.reading.beside import Beside
    from lohko.reading.sources import parse_sources

    given = session.given
    if given["output"] is None and given["append"] is None and given["write_mapping"] is None:
        raise UsageFault("usage", "lohko ingest needs a folder for its package", hint="name one: -o DIR")
    if given["output"] == "-":
        raise UsageFault("usage", "a package cannot go through a pipe", hint="name a folder: -o DIR")
    named = [f"{name}={file}" for name, files in session.settings.sources.items() for file in files]
    if not given["sources"] and not named:
        raise UsageFault("usage", "lohko ingest needs files", hint="lohko ingest customers=crm.csv -o work/ingest")
    sources = parse_sources(given["sources"]) if given["sources"] else parse_sources(named, session.settings.folder)
    with Beside() as beside:
        if given["append"] is None:  # else files may be known, and are looked at first
            beside.begin(source.path for source in sources if source.path is not None and source.path.is_file())
        _read(session, sources, beside)


def _read(session: Session, sources: Sequence[Source], beside: Beside) -> None:
    import sys
    from pathlib import Path

    from lohko.running.ingesting import IngestJob, run_ingest
    from lohko.running.places import as_path
    from lohko.running.settings import load_mapping, resolve, zone

    given, timezone = session.given, session.option("timezone")
    flags = {**given, "timezone": zone(timezone) if timezone else None}
    mapping = {**session.settings.mapping, **(load_mapping(Path(given["mapping"])) if given["mapping"] else {})}
    job = IngestJob(
        sources,
        as_path(given["output"]),
        cast("IngestParams", resolve("ingest", flags, session.settings, session.environment)),
        mapping,
        sys.stdin.buffer.read() if any(source.path is None for source in sources) else None,
        session.option("max_rejects"),
        package_format(session),
        given["force"],
        given["wait"],
        given["dry_run"],
        Path(given["append"]) if given["append"] else None,
        timezone is not None,
        Path(given["write_mapping"]) if given["write_mapping"] else None,
        session.settings.forgotten,
    )
    session.finish(run_ingest(job, now=session.now, progress=session.progress(), beside=beside))


command = make_command(
    running("ingest", _run),
    """Read customer files into a package, and say what was found in them.

    **Example:** `lohko ingest customers=crm.csv transactions=orders.csv.gz -o work/ingest` ·
    `lohko ingest customers@shop=shop.csv transactions@shop=orders.csv -o work/ingest` ·
    `lohko ingest orders-may.csv --append work/ingest` · `lohko ingest crm.csv --write-mapping crm.toml`

    The table may be left out where the columns tell it. Rows that cannot be read are kept in `rejects.csv` with the line and
    the reason; none is dropped. With `@SOURCE` the ids of a file become `SOURCE:ID`. With `--append` the files join a package as if they had been read with the old
    ones; a file that is in it already is skipped, row ids that are there stay.
    Those whom `lohko forget` erased are left out and counted (`[privacy] forgotten` of lohko.toml).
    """,
    {
        "sources": (
            Annotated[
                list[str] | None,
                typer.Argument(metavar="[TABLE[@SOURCE]=]FILE", help="files, globs, or - for standard input"),
            ],
            None,
        )
    },
    {
        "output": (
            Annotated[str | None, typer.Option("--output", "-o", metavar="DIR", help="folder of the package")],
            None,
        ),
        "mapping": (
            Annotated[
                str | None,
                typer.Option(
                    "--mapping", metavar="FILE", help='a TOML file of [mapping.TABLE] sections: our_column = "theirs"'
                ),
            ],
            None,
        ),
        "append": (
            Annotated[
                str | None,
                typer.Option(
                    "--append",
                    metavar="PACKAGE",
                    help="add the files to this package of ingest; the result goes to -o, or takes its place",
                ),
            ],
            None,
        ),
        "write_mapping": (
            Annotated[
                str | None,
                typer.Option(
                    "--write-mapping",
                    metavar="FILE",
                    help="write what was recognised as a mapping file, to be mended and given back with --mapping; "
                    "needs no -o, and is written under --dry-run too",
                ),
            ],
            None,
        ),
        "max_rejects": (
            Annotated[
                str | None,
                typer.Option(
                    "--max-rejects", metavar="N|P%", help="exit 1 if more rows of these files than this cannot be read"
                ),
            ],
            None,
        ),
    },
    from_params(IngestParams, "How files are read"),
    {"format": FORMAT, "config": CONFIG},
    WRITING,
    EVERYWHERE,
)
