#!/usr/bin/env bash
# usage: eng/test.sh CONFIGURATION [PROJECT...]
# Runs the test projects (all by default), which are built already. The last lines say which tests failed, and sum up: "N passed, N failed[, N skipped]".
# A project that crashes, that hangs (no test ends for five minutes), or that ran no test, counts as one failure more.
set -uo pipefail
cd "$(dirname "$0")/.."

configuration=$1; shift
projects=("$@")
[ ${#projects[@]} -gt 0 ] || mapfile -t projects < <(find tests -maxdepth 2 -name '*.Tests.csproj' -printf '%h\n' | sed 's|^tests/||' | sort)

results=$PWD/artifacts/test-results
mkdir -p "$results"; rm -f "$results/summary"
passed=0 failed=0 skipped=0 failures=

# Prints which of a TRX file's tests failed, and in what way: of a long output often only the end is at hand.
failures() {
  awk -v RS='<UnitTestResult ' 'NR > 1 && /^[^>]*outcome="Failed"/ {
    name = $0; sub(/.*testName="/, "", name); sub(/".*/, "", name)
    said = ""
    if (match($0, /<Message>/)) { said = substr($0, RSTART + RLENGTH); sub(/<\/Message>.*/, "", said) }
    if (match($0, /<StackTrace>/)) { trace = substr($0, RSTART + RLENGTH); sub(/<\/StackTrace>.*/, "", trace); said = said "\n" trace }
    print "failed: " name
    count = split(said, lines, "\n")
    for (i = 1; i <= count && i <= 20; i++) print "  " lines[i]
  }' "$1"
}

# Prints one counter of a TRX file's <Counters>; 0 where there is none.
counter() { sed -n "s/.*<Counters[^>]* $2=\"\([0-9]*\)\".*/\1/p" "$1" 2> /dev/null | head -1 | grep . || echo 0; }

for project in "${projects[@]}"; do
  trx=$results/$project.trx
  rm -f "$trx"
  printf '\n-- %s\n' "$project"
  dotnet test "tests/$project" -c "$configuration" --no-build --nologo -v q \
    --logger "trx;LogFileName=$trx" --logger 'console;verbosity=minimal' \
    --blame-hang-timeout 5m --blame-hang-dump-type none < /dev/null
  exit_code=$?

  total=$(counter "$trx" total) executed=$(counter "$trx" executed) ok=$(counter "$trx" passed)
  bad=$((executed - ok))
  if [ "$executed" -eq 0 ]; then
    failures+="failed: $project, in which no test ran (exit code $exit_code)"$'\n'; bad=$((bad + 1))
  elif [ $exit_code -ne 0 ] && [ $bad -eq 0 ]; then
    failures+="failed: $project, by exit code $exit_code though no test failed"$'\n'; bad=1
  elif [ $bad -gt 0 ]; then
    failures+="$(failures "$trx")"$'\n'
  fi
  passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + total - executed))
done

summary="$passed passed, $failed failed"
[ $skipped -eq 0 ] || summary+=", $skipped skipped"
echo; echo "$failures$summary" | tee "$results/summary"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
