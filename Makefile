SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

CONFIGURATION ?= Release
PROXY := artifacts/proxy/mesh-proxy
BENCH := bench/Bench/bin/$(CONFIGURATION)/net10.0/mesh-bench
step = @printf '\n\033[1m== %s\033[0m\n'

export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1

.PHONY: help build proxy meshctl test e2e e2e-cluster e2e-local demo bench bench-check bench-programs chaos scale lint format images images-check dockerfile-check clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build everything
	$(step) 'build'
	dotnet build Operator.sln -c $(CONFIGURATION)

proxy: ## publish the proxy with NativeAOT into artifacts/proxy
	$(step) 'proxy, NativeAOT'
	@eng/publish-proxy.sh artifacts/proxy

test: build proxy ## all tests, the end-to-end ones against the published proxy
	$(step) 'test'
	@MESH_PROXY=$(abspath $(PROXY)) eng/test.sh $(CONFIGURATION)

e2e: build proxy ## the end-to-end tests only
	$(step) 'end-to-end tests'
	@MESH_PROXY=$(abspath $(PROXY)) eng/test.sh $(CONFIGURATION) EndToEnd.Tests

meshctl: ## publish meshctl with NativeAOT, and as a .NET tool, into artifacts/meshctl
	$(step) 'meshctl, NativeAOT'
	@eng/publish-meshctl.sh artifacts/meshctl

e2e-cluster: ## the mesh on the cluster that the kubeconfig names, installed, tried and removed; REGISTRY=, TAG=, VALUES=, KEEP=1
	@eng/e2e-cluster.sh

e2e-local: build proxy ## the same on a cluster of processes on this machine (tests/LocalCluster), which needs root
	$(step) 'end to end, on a local cluster'
	@CONFIGURATION=$(CONFIGURATION) eng/e2e-local.sh

demo: ## the shop without and with the mesh, side by side; DEMO_SECONDS=30 ends it by itself
	$(step) 'build the shop and the operator'
	dotnet build samples/shop/Demo -c $(CONFIGURATION)
	$(step) 'publish the proxy, NativeAOT'
	@eng/publish-proxy.sh artifacts/proxy --or-jit
	$(step) 'demo'
	@exec samples/shop/Demo/bin/$(CONFIGURATION)/net10.0/shop-demo --proxy $(PROXY)

bench-programs:
	$(step) 'peers and load generators'
	@eng/prerequisites.sh bench
	$(step) 'build'
	dotnet build bench/Bench -c $(CONFIGURATION)
	@eng/publish-proxy.sh artifacts/proxy

bench: bench-programs ## the proxy beside HAProxy and nginx, in tables; QUICK=1 takes under two minutes, ONLY=TCP one suite, BASELINE=FILE another build
	$(step) 'bench'
	@$(BENCH) $(if $(QUICK),--quick,--results bench/results) $(if $(ONLY),--only $(ONLY)) $(if $(BASELINE),--baseline $(BASELINE)) $(if $(MINUTES),--minutes $(MINUTES))

bench-check: bench-programs ## fails where the proxy costs a third more beside HAProxy than it did (bench/results/baseline.md); UPDATE=1 writes that file
	$(step) 'ratios'
	@$(BENCH) check $(if $(UPDATE),--update)

chaos: ## twelve failures and more, with and without the mesh, in a table; QUICK=1 halves them, ROWS=hangs plays one
	$(step) 'build'
	dotnet build bench/Chaos -c $(CONFIGURATION)
	@eng/publish-proxy.sh artifacts/proxy
	$(step) 'chaos'
	@bench/Chaos/bin/$(CONFIGURATION)/net10.0/mesh-chaos $(if $(QUICK),--quick,--results bench/results) $(if $(ROWS),--rows $(ROWS))

scale: ## the operator on simulated clusters of up to 10,000 proxies; QUICK=1 takes a minute, SIZES=1000x2000 plays one
	$(step) 'build'
	dotnet build bench/Scale -c $(CONFIGURATION)
	$(step) 'operator, as the image has it'
	@dotnet publish src/Operator -c $(CONFIGURATION) --use-current-runtime --self-contained -p:PublishReadyToRun=true -p:NuGetLockFilePath=obj/images.lock.json -o artifacts/operator --nologo -v q
	$(step) 'scale'
	@bench/Scale/bin/$(CONFIGURATION)/net10.0/mesh-scale --operator artifacts/operator/mesh-operator $(if $(QUICK),--quick,--results bench/results) $(if $(SIZES),--sizes $(SIZES))

lint: build ## formatting, and every manifest that we ship
	$(step) 'formatting'
	dotnet format Operator.sln --verify-no-changes --no-restore
	$(step) 'manifests'
	src/Cli/bin/$(CONFIGURATION)/net10.0/meshctl lint samples/shop/mesh samples/chaos config/samples

format: ## put the code into the form that lint wants
	dotnet format Operator.sln

images: ## OCI images of operator and proxy in artifacts/images (needs root)
	$(step) 'images'
	@eng/images.sh artifacts/images

images-check: ## the last commit's images, built twice and compared, then run as a cluster runs them (needs root)
	$(step) 'images, twice'
	@eng/images-check.sh

dockerfile-check: ## the Dockerfile's images for amd64 and arm64, built without Docker, then run as a cluster runs them (needs root)
	$(step) 'Dockerfile'
	@eng/dockerfile-check.sh

clean: ## remove everything that was built
	rm -rf artifacts
	find src samples tests bench -type d \( -name bin -o -name obj -o -name TestResults \) -prune -exec rm -rf {} + 2>/dev/null || true
