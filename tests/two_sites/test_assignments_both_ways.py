"""Two sites that give each other the same documents agree on who is assigned to them, whoever changed it, and in which order."""

import pytest

from support.assignments import (
	ANN,
	BOB,
	CHANGE,
	COMPLETE,
	assign,
	assigned,
	at_rest,
	brought,
	connected_note,
	make_stranger,
	make_users,
	row,
	todos,
	unassign,
)
from support.link import connect, update_logs

NOTE = "Shop Note"


@pytest.fixture
def users(hq, branch):
	make_users(hq, branch)


@pytest.fixture
def note(hq, branch, users):
	return connected_note(branch, hq)


@pytest.fixture
def both_ways(hq, branch, note):
	connect(hq, branch, [row()])
	at_rest(branch, hq)
	return note


@pytest.fixture
def stranger(hq):
	return make_stranger(hq)


class TestBothWays:
	def test_one_of_each_site_are_both_kept(self, hq, branch, both_ways):
		assign(hq, both_ways, ANN)
		assign(branch, both_ways, BOB)
		at_rest(branch, hq)
		assert assigned(hq, both_ways) == assigned(branch, both_ways) == [ANN, BOB]

	@pytest.mark.parametrize("where", ["hq", "branch"])
	def test_taken_away_on_either_site_it_is_on_the_other(self, hq, branch, both_ways, where):
		assign(hq, both_ways, ANN, BOB)
		at_rest(branch, hq)
		unassign({"hq": hq, "branch": branch}[where], both_ways, ANN)
		at_rest(branch, hq)
		assert assigned(hq, both_ways) == assigned(branch, both_ways) == [BOB]

	def test_taken_away_here_before_the_other_site_saw_that_it_came(self, hq, branch, both_ways):
		assign(hq, both_ways, ANN)
		brought(branch, hq)
		unassign(branch, both_ways, ANN)
		at_rest(hq, branch)
		assert assigned(hq, both_ways) == assigned(branch, both_ways) == []

	def test_taken_back_there_before_it_was_seen_to_be_here(self, hq, branch, both_ways):
		assign(hq, both_ways, ANN)
		brought(branch, hq)
		unassign(hq, both_ways, ANN)
		brought(hq, branch)
		assert assigned(hq, both_ways) == []
		at_rest(branch, hq)
		assert assigned(hq, both_ways) == assigned(branch, both_ways) == []

	def test_taken_away_there_and_given_again_here(self, hq, branch, both_ways):
		assign(hq, both_ways, ANN)
		at_rest(branch, hq)
		unassign(hq, both_ways, ANN)
		brought(branch, hq)
		assign(branch, both_ways, ANN)
		at_rest(hq, branch)
		assert assigned(hq, both_ways) == assigned(branch, both_ways) == [ANN]

	@pytest.mark.parametrize("where", ["hq", "branch"])
	def test_given_on_both_at_once_it_is_one(self, hq, branch, both_ways, where):
		assign(hq, both_ways, ANN)
		assign(branch, both_ways, ANN)
		at_rest(branch, hq)
		assert len(todos(hq, both_ways)) == len(todos(branch, both_ways)) == 1
		unassign({"hq": hq, "branch": branch}[where], both_ways, ANN)
		at_rest(branch, hq)
		assert assigned(hq, both_ways) == assigned(branch, both_ways) == []

	def test_completed_on_the_other_site(self, hq, branch, both_ways):
		assign(hq, both_ways, ANN)
		at_rest(branch, hq)
		branch.call(COMPLETE, doctype=NOTE, name=both_ways, user=ANN)
		at_rest(branch, hq)
		assert [todo["status"] for todo in todos(hq, both_ways)] == ["Closed"]

	def test_handed_over_on_the_other_site(self, hq, branch, both_ways):
		assign(hq, both_ways, ANN)
		at_rest(branch, hq)
		branch.call(CHANGE, doctype=NOTE, name=both_ways, user=ANN, allocated_to=BOB)
		at_rest(branch, hq)
		assert assigned(hq, both_ways) == assigned(branch, both_ways) == [BOB]

	def test_of_a_document_that_was_deleted_here_and_came_again(self, hq, branch, both_ways):
		assign(hq, both_ways, ANN)
		at_rest(branch, hq)
		branch.call("support.annotations:delete_unheard", doctype=NOTE, name=both_ways)
		branch.call("run_jobs")
		hq.update(NOTE, both_ways, title="changed")
		at_rest(branch, hq)
		assert assigned(branch, both_ways) == assigned(hq, both_ways) == [ANN]

	def test_who_is_not_assigned_does_not_count_as_taken_away(self, hq, branch, both_ways, stranger):
		assign(hq, both_ways, stranger)
		at_rest(branch, hq)
		assert (assigned(hq, both_ways), assigned(branch, both_ways)) == ([stranger], [])
		unassign(hq, both_ways, stranger)
		at_rest(branch, hq)
		assert assigned(hq, both_ways) == []

	def test_it_comes_to_rest(self, hq, branch, both_ways, stranger):
		assign(hq, both_ways, ANN, stranger)
		assign(branch, both_ways, BOB)
		at_rest(branch, hq)
		unassign(branch, both_ways, ANN)
		at_rest(branch, hq)
		before = (
			len(update_logs(hq)),
			len(update_logs(branch)),
			todos(hq, both_ways),
			todos(branch, both_ways),
		)
		at_rest(branch, hq)
		after = len(update_logs(hq)), len(update_logs(branch)), todos(hq, both_ways), todos(branch, both_ways)
		assert after == before

	def test_in_a_ring_of_three(self, hq, branch, third, users):
		third.call("make_user", email=ANN, roles=["Shop User"])
		connect(branch, hq, [row(shared=1)])
		connect(third, branch, [row(shared=1)])
		connect(hq, third, [row(shared=1)])
		name = hq.create(NOTE)["name"]

		def go_round():
			for _round in range(3):
				brought(branch, hq), brought(third, branch), brought(hq, third)

		go_round()
		assign(hq, name, ANN)
		go_round()
		assert [len(todos(site, name)) for site in (hq, branch, third)] == [1, 1, 1]
		unassign(third, name, ANN)
		go_round()
		assert [assigned(site, name) for site in (hq, branch, third)] == [[], [], []]
		logged = [len(update_logs(site)) for site in (hq, branch, third)]
		go_round()
		assert [len(update_logs(site)) for site in (hq, branch, third)] == logged
