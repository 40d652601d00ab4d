"""Whole networks of sites in one process, on the playground, and of one seed always the same.

- A *site* is a folder with a SQLite file in memory-backed storage. Whatever it does (a request, a job, a person at work) runs in a
  `contextvars.Context` of its own: `frappe.local` lives in context variables, so an empty context is an empty process.
  One thing happens at a time. There are no threads: what the app gives to a thread is done at once.
- The *wire* (`wire`) takes the place of the adapter that the app mounts on its sessions, and calls the WSGI application of
  the site that has the address.
- *Redis* is `fakeredis`. The *clock* (`clock`) stands still unless somebody asks for the time or sleeps. Random numbers, keys
  and UUIDs come from the seed, and Python's hashes are fixed.
- Jobs are not enqueued: a history pulls when it says so. A hint that is lost costs a minute, and here it is always lost.
- What breaks (`faults`) is decided by the history. A kill raises an exception that no program catches, at the n-th
  statement, commit or command for Redis, and from then on all of these are dead for that context, as for a process that is
  gone. A call over the wire finds nobody, is done but its answer is lost, or is cut. Before a call anything else may happen: people
  at work, another pull. A transaction is open while a pull goes on; a backfill begins; the log is purged.
- In some histories administrators change the set-up: a DocType is unsubscribed from, or gets a condition, which is approved or
  waits, and is subscribed to without one again later; a link's key is revoked and given anew. Saves that unsubscribe, subscribe and ask
  for a key come to no end, too. Who missed changes that way is promised them with the next change of each document, and by a
  comparison what is gone or only on one site; so that is what people do at the end of such a history. What nobody is subscribed to is in
  no log; the judge looks for it in the documents. Or the database of a site is put back to what it was some turns before; what was only
  there is lost, and where a link stops, a person starts it again. Or the clock of a site is ahead of the others', or people take whole documents from the
  source.

Before each history (`histories`) the sites are put back to what they were when their links were made, file by file. Histories
are those of `support.shared_history` with faults added, and judged by the same invariants. People do, as there, what each kind of
conflict asks them to do.

A history costs about a second of a processor: what the playground's framework costs. `python -m support.simulation --help`;
`make histories N=1000 [SEED=…]`. `--mutants` takes guarantees away (`mutants`) and says after how many histories that is noticed.

SQLite has one writer at a time, so what only two transactions at once can break is not found here: see
`tests/guarantees/test_late_commits.py` and `test_kills.py`.
"""
