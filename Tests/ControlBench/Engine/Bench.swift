// Tuning and control on the bench plants, with figures.

import Climate
public import Controller
import RealModule

/// One law on one plant with one seed of noise.
public struct BenchFigures: Sendable {
  /// Integral of the absolute error after the step of the setpoint, K·s.
  public var setpoint = 0.0
  /// The same after the load, K·s.
  public var load = 0.0
  /// Full strokes of the output an hour: the sum of its movements.
  public var strokes = 0.0
}

/// One relay test, and what the law that it recommends does.
public struct BenchTrial: Sendable {
  /// What the test found out.
  public var test: RelayTestResult
  /// Hours that it took.
  public var hours: Double
  /// Errors of gain, time constant and dead time of the model that it settled for, as shares; `nil` without a model.
  public var errors: [Double]?
  /// The law with an output of any share.
  public var proportional: BenchFigures
  /// The law behind a time-proportioned relay.
  public var relay: BenchFigures
}

/// Runs on a bench plant. Time is virtual: the same seed gives the same figures.
public struct Bench: Sendable {
  /// The plant.
  public let plant: BenchPlant

  private static let settle = 1_800
  private static let phase = 10_800

  /// A bench with a plant.
  public init(_ plant: BenchPlant) { self.plant = plant }

  /// One relay test and the law that follows from it.
  public func trial(seed: UInt64) -> BenchTrial? {
    let limits = RelayTestLimits(setpoint: BenchPlant.start, swing: 1, range: 5...45)
    var test = RelayTest(direction: .raise, limits: limits)
    var running = RunningPlant(plant, seed: seed)
    var (second, isOn) = (0, false)
    while !test.isOver {
      isOn = test.step(value: running.measure(), isOn: isOn, at: Instant(seconds: Double(second)))
      running.advance(output: isOn ? 1 : 0)
      second += 1
    }
    guard case .finished(let result) = test.phase else { return nil }
    var trial = BenchTrial(
      test: result, hours: Double(second) / 3_600, errors: nil,
      proportional: run(TunedLaw(result.law, holding: holding), seed: seed + 1_000),
      relay: run(
        TunedLaw(result.law, holding: holding), seed: seed + 1_000, cycle: result.cycle(ripple: 0.3) ?? .minutes(3)))
    if let model = result.fit?.model {
      trial.errors = [
        model.gain / plant.model.gain - 1, model.timeConstant / plant.model.timeConstant - 1,
        model.deadTime / plant.model.deadTime - 1,
      ]
    }
    return trial
  }

  /// A PID by the improved SIMC rule, with the true model.
  public func improvedSIMC(seed: UInt64) -> BenchFigures {
    run(TunedLaw(.pid(plant.model.pid(closedLoop: 0.5)), holding: holding), seed: seed + 1_000)
  }

  /// ESPHome's PID with what its autotune makes of this plant.
  ///
  /// Its ultimate gain and period are off by what was measured with its own code: −56 % and +140 % (P1), −37 % and +67 % (P2),
  /// −19 % and +16 % (P3), −22 % and +103 % (P4).
  public func esphome(seed: UInt64) -> BenchFigures {
    let (gain, period) = ultimate
    let off: [String: (Double, Double)] = [
      "P1": (0.44, 2.4), "P2": (0.63, 1.67), "P3": (0.81, 1.16), "P4": (0.78, 2.03),
    ]
    let (gainShare, periodShare) = off[plant.name] ?? (1, 1)
    let law = HobbyPID(
      ultimateGain: gain * gainShare, ultimatePeriod: period * periodShare, holding: holding)
    return run(law, seed: seed + 1_000)
  }

  private var holding: Double { (BenchPlant.start - BenchPlant.ambient) / plant.model.gain }

  /// Gain and period at which a proportional law would just oscillate, from the true model.
  private var ultimate: (gain: Double, period: Double) {
    let (slow, fast) = (plant.model.timeConstant.inBenchSeconds, plant.model.lag.inBenchSeconds)
    let dead = plant.model.deadTime.inBenchSeconds
    var (low, high) = (1e-6, Double.pi / dead)
    for _ in 0..<80 {
      let middle = (low + high) / 2
      let phase = Double.atan(middle * slow) + Double.atan(middle * fast) + middle * dead
      if phase < .pi { low = middle } else { high = middle }
    }
    func magnitude(_ time: Double) -> Double { (1 + low * low * time * time).squareRoot() }
    return (magnitude(slow) * magnitude(fast) / plant.model.gain, 2 * .pi / low)
  }

  /// At rest, then a step of the setpoint, then a load.
  /// - Parameter cycle: of the relay; `nil` for an output of any share.
  private func run(_ law: some BenchLaw, seed: UInt64, cycle: Duration? = nil) -> BenchFigures {
    var law = law
    var running = RunningPlant(plant, seed: seed)
    var modulator = cycle.map { PulseModulator(cycle: $0) }
    var figures = BenchFigures()
    var output = holding
    let end = Self.settle + 2 * Self.phase
    for second in 0..<end {
      let setpoint = second < Self.settle ? BenchPlant.start : BenchPlant.setpoint
      if second == Self.settle + Self.phase { running.load = BenchPlant.load }
      let value = running.measure()
      let demand = law.output(value: value, setpoint: setpoint, achieved: output, at: second)
      var next = demand
      if modulator != nil {
        let now = Instant(seconds: Double(second))
        next = modulator?.wanted(demand: demand, achieved: output > 0.5, at: now) == true ? 1 : 0
      }
      figures.strokes += abs(next - output) / Double(end) * 3_600
      output = next
      running.advance(output: output)
      let error = abs(setpoint - running.temperature)
      if second >= Self.settle + Self.phase {
        figures.load += error
      } else if second >= Self.settle {
        figures.setpoint += error
      }
    }
    return figures
  }
}
