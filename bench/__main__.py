from bench.commands import bench

bench(prog_name="python -m bench")
