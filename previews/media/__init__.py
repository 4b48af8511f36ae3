"""Media as pure functions and sandboxed tools: probe, plan, encode, publish, judge. Knows neither Django nor storage."""
