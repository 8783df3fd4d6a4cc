"""The pipeline: tables checked, notebooks executed, pictures, results and report made, as tasks that pytask runs."""
