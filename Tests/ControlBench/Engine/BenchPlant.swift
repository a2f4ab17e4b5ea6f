// Four plants of textbook form that temperature laws are compared on.

public import Controller
import RealModule
import Simulator

/// A plant of textbook form: gain, one or two time constants, dead time; temperature in °C, output 0…1.
public struct BenchPlant: Sendable {
  /// Name: P1 … P4.
  public let name: String
  /// How it answers.
  public let model: ProcessModel
  /// What it would rest at without output, °C.
  public static let ambient = 14.0
  /// Where every run begins, at rest, °C.
  public static let start = 24.0
  /// Where it is sent, °C.
  public static let setpoint = 26.0
  /// Heat taken away afterwards, in K of the plant without its dead time.
  public static let load = 4.0

  /// A shed, a greenhouse, a plant that is mostly dead time, and one of second order.
  public static let all = [
    BenchPlant(name: "P1", model: ProcessModel(gain: 20, timeConstant: .seconds(1_800), deadTime: .seconds(60))),
    BenchPlant(name: "P2", model: ProcessModel(gain: 20, timeConstant: .seconds(3_600), deadTime: .seconds(300))),
    BenchPlant(name: "P3", model: ProcessModel(gain: 20, timeConstant: .seconds(600), deadTime: .seconds(300))),
    BenchPlant(
      name: "P4",
      model: ProcessModel(gain: 20, timeConstant: .seconds(1_800), lag: .seconds(180), deadTime: .seconds(60))),
  ]
}

/// A bench plant at work, one second a step.
struct RunningPlant {
  private let slowShare: Double
  private let fastShare: Double
  private let gain: Double
  private var line: [Double]
  private var place = 0
  private var slow = BenchPlant.start
  private var noise: SeededGenerator
  /// Heat taken away, K.
  var load = 0.0
  /// What is true, °C.
  private(set) var temperature = BenchPlant.start

  init(_ plant: BenchPlant, seed: UInt64) {
    gain = plant.model.gain
    slowShare = 1 - Double.exp(-1 / plant.model.timeConstant.inBenchSeconds)
    let lag = plant.model.lag.inBenchSeconds
    fastShare = lag > 0 ? 1 - Double.exp(-1 / lag) : 1
    let held = (BenchPlant.start - BenchPlant.ambient) / gain
    line = Array(repeating: held, count: max(1, Int(plant.model.deadTime.inBenchSeconds)))
    noise = SeededGenerator(seed: seed, purpose: "noise of \(plant.name)")
  }

  /// Lets a second pass.
  mutating func advance(output: Double) {
    let arriving = line[place]
    line[place] = output
    place = (place + 1) % line.count
    slow += slowShare * (BenchPlant.ambient + gain * arriving - load - slow)
    temperature += fastShare * (slow - temperature)
  }

  /// What a sensor shows: noise of 0.02 K, steps of 0.01 K.
  mutating func measure() -> Double { ((temperature + 0.02 * noise.nextGaussian()) * 100).rounded() / 100 }
}

extension Duration {
  var inBenchSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}

extension BenchPlant {
  /// The least integral of the error after the step of the setpoint that anybody could have who knows everything: full output until the
  /// setpoint is reached, then no error at all. K·s.
  public var bound: Double {
    var plant = RunningPlant(self, seed: 0)
    var sum = 0.0
    while plant.temperature < Self.setpoint {
      plant.advance(output: 1)
      sum += max(Self.setpoint - plant.temperature, 0)
    }
    return sum
  }
}
