"""Build the wheel, look at what it holds, install it in a clean place, and use it there."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run(*words: str | Path, cwd: Path | None = None) -> str:
    """Run a command, fail with it, return what it printed."""
    done = subprocess.run([str(word) for word in words], cwd=cwd, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))} exited {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
        wheel = next(folder.glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
        tops = {entry.split("/")[0] for entry in names}
        beside = {top for top in tops if top.endswith((".dist-info", ".data"))}
        imports = tops - beside
        assert imports == {"lohko", "lohko_cli"}, f"the wheel holds {imports}"
        assert len(beside) == 2, f"the wheel holds {tops}"
        for needed in (
            "lohko/py.typed",
            "lohko_cli/py.typed",
            "lohko/tables/tables.toml",
            "lohko/sample_data/lohko.toml",
        ):
            assert needed in names, f"the wheel lacks {needed}"
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / "bin" / "python"
        run(python, "-m", "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt", wheel)
        lohko = folder / "venv" / "bin" / "lohko"
        page = folder / "venv" / "share" / "man" / "man1" / "lohko.1"
        assert page.read_bytes() == (ROOT / "docs" / "lohko.1").read_bytes(), "man lohko is not what docs/lohko.1 is"
        print(run(lohko, "--version").strip(), "from", wheel.name, f"({wheel.stat().st_size / 1e6:.1f} MB)")
        run(lohko, "init", "register", "--sample", cwd=folder)
        run(lohko, "run", "register", cwd=folder)
        assert (folder / "register" / "work" / "report.html").stat().st_size > 0
        print("a clean install runs the sample's chain")


if __name__ == "__main__":
    main()
