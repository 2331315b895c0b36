"""Builds `api/web/static/` from the sources beside this file: `python -m api.web.assets.build`.

It needs npm and a registry, as nothing else does: what it writes is kept in the repository, and a test tells when it is
older than its sources. Every `*.scss` and `*.js` here whose name begins with no underscore becomes a file to serve.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

SOURCES: Final = Path(__file__).parent
STATIC: Final = SOURCES.parent / "static"
AXE: Final = SOURCES.parents[2] / "tests" / "web" / "vendor"
MANIFEST: Final = "manifest.json"
KEPT: Final = frozenset({"THIRD_PARTY.md"})
HASH_LENGTH: Final = 12


def sources_digest() -> str:
    """A hash of all that the files are built from, the versions of what others made included."""
    total = hashlib.sha256()
    for file in sorted(one for one in SOURCES.iterdir() if one.is_file() and one.suffix not in {".py", ".pyc"}):
        total.update(f"{file.name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def main() -> None:
    """Install the tools outside the repository, build, and write the files with the manifest."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))


def build(work: Path) -> None:
    """Build in a folder of its own, so that two checkouts may at the same time."""
    built = work / "built"
    built.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(SOURCES / name, work / name)
    _run(work, "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
    modules = work / "node_modules"
    styling = ("--style=compressed", "--no-source-map", "--no-charset", f"--load-path={modules}/govuk-frontend/dist")
    bundling = ("--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=none")
    for scss in sorted(SOURCES.glob("[!_]*.scss")):
        _run(work, "npx", "sass", *styling, str(scss), str(built / f"{scss.stem}.css"))
    for script in sorted(SOURCES.glob("[!_]*.js")):
        _run(work, "npx", "esbuild", str(script), *bundling, f"--outfile={built / script.name}", NODE_PATH=str(modules))
    shutil.copy(modules / "htmx.org" / "dist" / "htmx.min.js", built / "htmx.js")
    for picture in (*SOURCES.glob("*.svg"), *SOURCES.glob("*.png")):
        shutil.copy(picture, built / picture.name)
    write(built)
    shutil.copy(modules / "axe-core" / "axe.min.js", AXE / "axe.min.js")


def write(built: Path) -> None:
    """Give every file a name that its content has, and list them."""
    for old in STATIC.iterdir():
        if old.name not in KEPT:
            old.unlink()
    files: dict[str, Any] = {}
    for file in sorted(built.iterdir()):
        content = file.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        name = f"{file.stem}.{digest[:HASH_LENGTH]}{file.suffix}"
        (STATIC / name).write_bytes(content)
        files[file.name] = {"file": name, "sha256": digest}
        sys.stdout.write(f"{name}: {len(content)} bytes\n")
    manifest = json.dumps({"sources": sources_digest(), "files": files}, indent=2) + "\n"
    (STATIC / MANIFEST).write_text(manifest, encoding="utf-8")


def _run(folder: Path, *command: str, **variables: str) -> None:
    subprocess.run(command, cwd=folder, env=os.environ | variables, check=True)  # noqa: S603 - commands of our own


if __name__ == "__main__":
    main()
