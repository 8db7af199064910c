# Everything runs on the pinned Node of node_modules; the machine's own Node is only good for npm.
NODE := node_modules/.bin/node --disable-warning=ExperimentalWarning
SOURCES := $(shell find src -name '*.ts' 2>/dev/null)
BUILD := $(wildcard build/*.ts build/support/*.ts)

.PHONY: all demo test lint build binary binaries docs deb deb-check bench conformance-client deps clean soak
.DEFAULT_GOAL := build

deps: node_modules/.package-lock.json
node_modules/.package-lock.json: package-lock.json package.json
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --no-update-notifier
	touch $@

dist/glued.mjs: $(SOURCES) $(BUILD) package.json node_modules/.package-lock.json
	$(NODE) build/bundle.ts

dist/glued: dist/glued.mjs
	$(NODE) build/binary.ts

# one file that runs on Node 26 and on Deno
build: dist/glued.mjs

# a self-contained executable
binary: dist/glued

# dist/glued_VERSION_ARCH.deb: the same sources, the same bytes
deb: dist/glued
	$(NODE) build/deb.ts

# builds the package twice, has lintian look at it, and installs, runs and purges it in a clean Debian; some minutes, as root
deb-check: dist/glued
	$(NODE) build/deb-check.ts

# executables for every platform whose Node is installed
binaries: dist/glued.mjs
	$(NODE) build/binary.ts all

# publishes, runs, shows what happened; DATA=folder takes ClamAV's test databases through it too
demo: dist/glued.mjs
	DATA="$(DATA)" $(NODE) build/demo.ts

test: dist/glued dist/glued.mjs
	$(NODE) build/test.ts $(ONLY)

lint: deps
	$(NODE) build/lint.ts

# writes every generated file anew; the tests compare
docs: deps
	$(NODE) build/docs.ts

bench: dist/glued
	$(NODE) build/bench.ts

# a daemon through failing servers, changing policies and kill -9; MINUTES=20
soak: dist/glued
	$(NODE) build/soak.ts

conformance-client: deps
	$(NODE) build/conformance-client.ts

clean:
	rm -rf dist
