// The bench on a small scale, and what a relay test does when things go wrong.

import ControlBench
import Controller
import Testing

@Suite("Control bench") struct ControlBenchTests {
  @Test("one relay test tunes a law that keeps every promise", arguments: BenchPlant.all.map(\.name))
  func plants(_ name: String) {
    let report = BenchReport(seeds: 1, plants: BenchPlant.all.filter { $0.name == name })
    print(report.text)
    #expect(report.broken.isEmpty)
  }
}
