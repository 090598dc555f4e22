"""Level 4: the console and the HTTP API. It is imported late: its libraries take as long as all the rest."""
