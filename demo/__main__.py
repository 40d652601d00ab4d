"""Starts three sites, tells the story, prints what each site holds; with --keep, leaves them up with a page to look at."""

import argparse
import time

from demo.sites import running_sites
from demo.story import Story


def main() -> None:
	parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
	parser.add_argument("--keep", action="store_true", help="leave the sites up, with a page to look at")
	options = parser.parse_args()
	begin = time.monotonic()

	def say(text: str) -> None:
		print(f"[{time.monotonic() - begin:5.1f} s] {text}" if text else "", flush=True)

	say("Three sites are being made, each with its own database …")
	with running_sites() as (head, branch, shop):
		say(f"Head office is at {head.url}, the branch at {branch.url}; nobody can call the shop")
		story = Story(head, branch, shop, say)
		story.tell()
		print_table(story.table())
		if options.keep:
			from demo.page import serve

			serve(head, branch)


def print_table(rows: list[tuple[str, str, str]]) -> None:
	print(f"\n{'':32}{'head office':>14}{'branch':>12}")
	for what, head, branch in rows:
		print(f"{what:32}{head:>14}{branch:>12}")


if __name__ == "__main__":
	main()
