"""Builds every filing from deliveries, and prints the hashes: a program of its own, run under another environment.

Arguments: a folder for the store (keys beside it), a folder of deliveries, threads, the moment of taking all in, and
the manifests of packages to build again. Of a package nothing but its manifest is known: what it was made from is
found by the hashes there, and the stated time is taken from it. Without manifests, all deliveries are taken in.
"""

from __future__ import annotations

import json
import locale
import sys
from datetime import datetime
from pathlib import Path

from loantape import pipeline
from loantape.intake.delivery import open_delivery
from loantape.zipped import sha256_of
from tests.filing.life import AT, SUBMISSIONS, open_workspace

if __name__ == "__main__":
    root, deliveries, threads, taken_at, *manifests = sys.argv[1:]
    locale.setlocale(locale.LC_ALL, "")
    known = {open_delivery(folder).content_sha256: folder for folder in sorted(Path(deliveries).iterdir())}
    wanted = [(name, AT, submission, 1) for name, submission in SUBMISSIONS.items()]
    chosen = set(known)
    stated = [json.loads(Path(path).read_text("utf-8")) for path in manifests]
    ws = open_workspace(Path(root), int(threads))
    if stated:
        chosen = {one["submission"]["content_sha256"] for one in stated}
        chosen |= {earlier["content_sha256"] for one in stated for earlier in one["earlier"]}
        wanted = [
            (one["regulator"], datetime.fromisoformat(one["created_at"]), one["submission"]["name"], one["sequence"])
            for one in stated
        ]
    for one in stated:
        submission = one["submission"]
        moment = datetime.fromisoformat(submission["received_at"])
        assert pipeline.receive(ws, known[submission["content_sha256"]], moment) == submission["name"]
    pipeline.run(ws, [known[content] for content in sorted(chosen)], datetime.fromisoformat(taken_at))
    made = {}
    for regulator, at, submission, sequence in wanted:
        package = pipeline.file(ws, submission, regulator, at)
        assert package.name.endswith(f"_{sequence}.zip")
        made[regulator] = (str(package), sha256_of(package), sha256_of(Path(f"{package}.minisig")))
    print(json.dumps(made))
