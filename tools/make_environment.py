"""Makes a virtual environment and installs requirement files into it, with nothing but Python.

`python3 tools/make_environment.py FOLDER FILE...`. Debian's Python comes without `ensurepip` unless python3-venv is
installed; then its pip, if there is one, installs pip into the environment.
"""

import subprocess
import sys
import venv
from importlib.util import find_spec
from pathlib import Path


def main(folder: str, *requirements: str) -> None:
	environment = Path(folder)
	if not (environment / "bin" / "pip").exists():
		make_environment(environment)
	files = [part for file in requirements for part in ("-r", file)]
	pip = [
		str(environment / "bin" / "python"),
		"-m",
		"pip",
		"install",
		"--quiet",
		"--disable-pip-version-check",
	]
	subprocess.run([*pip, *files], check=True)


def make_environment(folder: Path) -> None:
	"""
	:raises SystemExit: this Python can make no environment with pip in it
	"""
	if find_spec("ensurepip"):
		return venv.create(folder, symlinks=True, with_pip=True, clear=True)
	if not find_spec("pip"):
		raise SystemExit(
			f"{sys.executable} has neither ensurepip nor pip. Install them and try again"
			" (Debian, Ubuntu: apt install python3-venv)."
		)
	venv.create(folder, symlinks=True, with_pip=False, clear=True)
	python = str(folder / "bin" / "python")
	subprocess.run([sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "pip"], check=True)


if __name__ == "__main__":
	main(*sys.argv[1:])
