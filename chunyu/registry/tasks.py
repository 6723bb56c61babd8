"""What the worker does for the registry."""

from uuid import UUID

from chunyu.running.jobs import job


@job(queue="imports")
def work_on_import(batch: str) -> None:
    """Carry an import through; harmless when it has ended or somebody is on it."""
    from chunyu.registry.importing.job import run

    run(UUID(batch))


@job(name="registry.look_for_duplicates", queue="imports")
def look_for_duplicates(look: str) -> None:
    """Compare the people on open files; harmless when the look has ended."""
    from chunyu.registry.duplicates.job import run

    run(UUID(look))
