// Contactors: delays, counting, faults.

import Simulator
import Testing

@Suite("Contactor")
struct ContactorTests {
  @Test("it closes after the pull-in time and opens after the drop-out time")
  func delays() {
    var contactor = Contactor(pullIn: .milliseconds(20), dropOut: .milliseconds(15))
    #expect(abs(contactor.advance(by: .seconds(1), energised: true) - 0.98) < 1e-12)
    #expect(contactor.isClosed)
    #expect(contactor.advance(by: .seconds(1), energised: true) == 1)
    #expect(abs(contactor.advance(by: .seconds(1), energised: false) - 0.015) < 1e-12)
    #expect(!contactor.isClosed)
    #expect(contactor.advance(by: .seconds(1), energised: false) == 0)
  }

  @Test("steps shorter than the delay add up, and a coil released in time never closes it")
  func shortSteps() {
    var contactor = Contactor(pullIn: .milliseconds(20), dropOut: .milliseconds(15))
    for _ in 0..<3 { #expect(contactor.advance(by: .milliseconds(6), energised: true) == 0) }
    #expect(contactor.advance(by: .milliseconds(4), energised: true) == 0.5)
    #expect(contactor.isClosed)
    var released = Contactor(pullIn: .milliseconds(20))
    for _ in 0..<10 {
      _ = released.advance(by: .milliseconds(15), energised: true)
      _ = released.advance(by: .milliseconds(1), energised: false)
    }
    #expect(released.operations == 0)
  }

  @Test("operations count closings")
  func operations() {
    var contactor = Contactor()
    for _ in 0..<5 {
      _ = contactor.advance(by: .seconds(1), energised: true)
      _ = contactor.advance(by: .seconds(1), energised: true)
      _ = contactor.advance(by: .seconds(1), energised: false)
    }
    #expect(contactor.operations == 5)
  }

  @Test("a welded contactor stays on once it has closed, until repaired")
  func welded() {
    var contactor = Contactor()
    contactor.fault = .welded
    #expect(contactor.advance(by: .seconds(1), energised: false) == 0)
    _ = contactor.advance(by: .seconds(1), energised: true)
    for _ in 0..<10 { #expect(contactor.advance(by: .seconds(1), energised: false) == 1) }
    contactor.fault = nil
    _ = contactor.advance(by: .seconds(1), energised: false)
    #expect(!contactor.isClosed)
    #expect(contactor.operations == 1)
  }

  @Test("a dead contactor opens and stays off")
  func dead() {
    var contactor = Contactor()
    _ = contactor.advance(by: .seconds(1), energised: true)
    contactor.fault = .dead
    _ = contactor.advance(by: .seconds(1), energised: true)
    for _ in 0..<10 { #expect(contactor.advance(by: .seconds(1), energised: true) == 0) }
    #expect(contactor.operations == 1)
  }
}
