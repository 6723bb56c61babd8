"""The yardstick. In memory the layout is prepared; `--variant relaid` counts laying out too. From Parquet it streams,
laying out each stretch as it comes, and writes the results as Parquet."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.peers import protocol
from bench.peers.numpy_blocks.kernel import BLOCK, Block, Kernel, Tables, lay_out, results
from bench.workload import COLUMNS, FINAL, HOUSEHOLDS, PERSONS


def load(asked: protocol.Request) -> protocol.Run:
    return _parquet(asked) if asked.mode == "parquet" else _memory(asked)


def _memory(asked: protocol.Request) -> protocol.Run:
    homes = protocol.arrays(asked.data, "households", HOUSEHOLDS)
    persons = protocol.arrays(asked.data, "persons", PERSONS)
    sizes = np.load(asked.data / "arrays" / "sizes.npy")
    ends = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
    stretches = [(first, min(first + BLOCK, asked.households)) for first in range(0, asked.households, BLOCK)]

    def block(first: int, last: int) -> Block:
        people = slice(ends[first], ends[last])
        return lay_out(
            {name: column[first:last] for name, column in homes.items()},
            {name: column[people] for name, column in persons.items()},
            sizes[first:last],
        )

    relaid = asked.variant == "relaid"
    prepared = {} if relaid else {stretch: block(*stretch) for stretch in stretches}
    if not relaid:
        homes, persons = {}, {}
    kernels = [Kernel(Tables.in_force()) for _ in range(protocol.THREADS)]
    wanted = COLUMNS if asked.variables == "all" else ()

    def once(_: None) -> dict[str, np.ndarray]:
        found = results(asked.households, wanted)

        def one(kernel: Kernel, stretch: tuple[int, int]) -> None:
            laid = block(*stretch) if relaid else prepared[stretch]
            kernel.run(laid, {name: column[slice(*stretch)] for name, column in found.items()})

        _in_turn(kernels, stretches, one)
        return found

    return protocol.Run(once, protocol.sums_of)


def _in_turn(kernels: list[Kernel], work: list, one: Callable[[Kernel, tuple], None]) -> None:
    """Each thread takes the next piece when it is done with one."""
    waiting = iter(work)

    def drain(kernel: Kernel) -> None:
        for piece in waiting:
            one(kernel, piece)

    with ThreadPoolExecutor(len(kernels)) as threads:
        list(threads.map(drain, kernels))


def _parquet(asked: protocol.Request) -> protocol.Run:
    groups = pq.ParquetFile(asked.data / "households.parquet").metadata.num_row_groups
    kernels = [Kernel(Tables.in_force()) for _ in range(protocol.THREADS)]
    columns = COLUMNS if asked.variables == "all" else FINAL

    def once(_: None) -> list:
        files = [asked.out / f"numpy-{number}.parquet" for number in range(len(kernels))]
        waiting = iter(range(groups))
        for path in files:
            path.unlink(missing_ok=True)

        def drain(number: int) -> None:
            homes_file = pq.ParquetFile(asked.data / "households.parquet")
            persons_file = pq.ParquetFile(asked.data / "persons.parquet")
            writer = None
            for group in waiting:
                homes = _columns(homes_file.read_row_group(group, use_threads=False), HOUSEHOLDS)
                persons = _columns(persons_file.read_row_group(group, use_threads=False), PERSONS)
                first = homes["hid"][0]
                sizes = np.bincount(persons["hid"] - first, minlength=len(homes["hid"]))
                laid = lay_out(homes, persons, sizes)
                found = results(len(sizes), columns)
                kernels[number].run(laid, found if asked.variables == "all" else {n: found[n] for n in FINAL})
                rows = pa.table({"hid": laid.hid, **found})
                writer = writer or pq.ParquetWriter(files[number], rows.schema)
                writer.write_table(rows)
            if writer:
                writer.close()

        with ThreadPoolExecutor(len(kernels)) as threads:
            list(threads.map(drain, range(len(kernels))))
        return files

    return protocol.Run(once, _sums_of_files)


def _columns(rows: pa.Table, columns: dict[str, str]) -> dict[str, np.ndarray]:
    return {name: rows.column(name).to_numpy() for name in columns}


def _sums_of_files(files: list) -> dict[str, float]:
    total: dict[str, float] = {}
    for path in files:
        if path.exists():
            rows = pq.read_table(path)
            for name in rows.column_names[1:]:
                total[name] = total.get(name, 0.0) + float(rows.column(name).to_numpy().sum(dtype=np.float64))
    return total


if __name__ == "__main__":
    protocol.measure("NumPy, position-major blocks, by hand (2 threads)", f"numpy {np.__version__}", load)
