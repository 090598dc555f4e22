"""Who may use the console and the API: people with passwords, their sessions, and programs with tokens."""

from __future__ import annotations

from monitor.storage.journal.sessions import Sessions
from monitor.storage.journal.tokens import Tokens


class Accounts(Sessions, Tokens):
    """Users, sessions and tokens as rows of the journal's database: `Accounts(journal.database, wall, session_s)`.

    `wall` gives POSIX seconds; a session lasts `session_s`. Secrets are stored as hashes only, and every change says
    in the audit who made it. Methods raise Transient and Permanent as the journal does, besides what each says.
    """
