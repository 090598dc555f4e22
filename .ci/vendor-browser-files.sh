#!/bin/sh
# Copies the few browser files the console serves out of node_modules, each with its licence.
set -eu
cd "$(dirname "$0")/../monitor/console"

vendor=static/vendor
rm -rf "$vendor"
mkdir -p "$vendor"
cp node_modules/uplot/dist/uPlot.esm.js node_modules/uplot/dist/uPlot.min.css "$vendor/"
cp node_modules/uplot/LICENSE "$vendor/uPlot.LICENSE"
cp node_modules/htm/preact/standalone.module.js "$vendor/htm-preact.module.js"
cp node_modules/htm/LICENSE "$vendor/htm.LICENSE"
cp node_modules/preact/LICENSE "$vendor/preact.LICENSE"
