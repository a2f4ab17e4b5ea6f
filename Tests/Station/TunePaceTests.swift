// How often a test looks at a controller.

import Station
import Testing

@Suite("Pace of a relay test") struct TunePaceTests {
  private static let millisecond: Int64 = 1_000_000

  @Test("looks about once in each second of the controller, however fast its clock runs", arguments: [1.0, 20, 500])
  func speed(speed: Double) {
    var pace = TunePace()
    var own: Int64 = 7_000_000_000
    let began = own
    // The controller's time stands still between its steps.
    func uptime() -> Double { 100 + (Double(own - began) / 1e9 * speed).rounded(.down) }
    var looks: [Double] = []
    while uptime() < 400 {
      looks.append(uptime())
      own += Int64(pace.pause(after: uptime(), at: own)) * Self.millisecond
    }
    let gaps = zip(looks, looks.dropFirst()).map { $1 - $0 }
    #expect(gaps.max() ?? .infinity <= max(2, 0.010 * speed + 1))
    #expect(looks.count < 450, "no oftener than needed, but at the beginning")
  }

  @Test("looks again soon while the controller's time has not moved, and waits a second at most") func stands() {
    var pace = TunePace()
    #expect(pace.pause(after: 50, at: 0) == 10)
    #expect(pace.pause(after: 50, at: 10 * Self.millisecond) == 10)
    #expect(pace.pause(after: 50.001, at: 900 * Self.millisecond) == 1_000)
  }
}
