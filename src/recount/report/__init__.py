"""What people look at: the HTML report, the README's scoreboard, and the table of verdicts on a terminal."""
