from setuptools import setup

# The metadata stands in pyproject.toml, which reads requirements.txt.
setup()
