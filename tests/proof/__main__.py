from tests.proof.commands import proof

proof(prog_name="python -m tests.proof")
