module provenance.example/bench/load

go 1.21
