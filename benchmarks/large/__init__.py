"""The office that the benchmarks measure on; no benchmark itself."""
