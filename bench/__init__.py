"""Side-by-side measurements: one workload, run by this project and by its peers on the same data with equal results.

Part of a source checkout only. `docs/benchmarks/README.md` says how to run it and what each row means.
"""
