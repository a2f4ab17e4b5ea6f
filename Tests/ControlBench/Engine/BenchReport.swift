// The bench with many seeds, as a table.

import Controller

/// All plants with many seeds of noise.
public struct BenchReport: Sendable {
  /// One plant.
  public struct Row: Sendable {
    /// Name of the plant.
    public var plant: String
    /// Least integral of the error that anybody could have, K·s.
    public var bound: Double
    /// One for each seed whose test ended with a result.
    public var trials: [BenchTrial] = []
    /// Improved SIMC with the true model, one for each seed.
    public var improvedSIMC: [BenchFigures] = []
    /// ESPHome, one for each seed.
    public var esphome: [BenchFigures] = []

    /// Largest error of gain, time constant or dead time of any trial, as a share; `nil` if one had no model.
    public var worstModelError: Double? {
      var worst = 0.0
      for trial in trials {
        guard let errors = trial.errors else { return nil }
        worst = max(worst, errors.map { abs($0) }.max() ?? 0)
      }
      return worst
    }

    /// Mean of a figure of the tuned law.
    public func mean(_ figure: KeyPath<BenchTrial, Double>) -> Double {
      trials.reduce(0) { $0 + $1[keyPath: figure] } / Double(max(trials.count, 1))
    }

    /// Mean of a figure of another law.
    public static func mean(_ runs: [BenchFigures], _ figure: KeyPath<BenchFigures, Double>) -> Double {
      runs.reduce(0) { $0 + $1[keyPath: figure] } / Double(max(runs.count, 1))
    }
  }

  /// One for each plant.
  public private(set) var rows: [Row] = []

  /// Runs the bench with the seeds 1 … `seeds`.
  public init(seeds: Int, plants: [BenchPlant] = BenchPlant.all) {
    for plant in plants {
      let bench = Bench(plant)
      var row = Row(plant: plant.name, bound: plant.bound)
      for seed in 1...UInt64(max(seeds, 1)) {
        if let trial = bench.trial(seed: seed) { row.trials.append(trial) }
        row.improvedSIMC.append(bench.improvedSIMC(seed: seed))
        row.esphome.append(bench.esphome(seed: seed))
      }
      rows.append(row)
    }
  }

  /// Promises that are broken, in words; empty if all are kept.
  ///
  /// On P1 to P3: gain, time constant and dead time within 3 % from one test, error after a step of the setpoint at most 1.25 times the
  /// bound. On P4, which has a lag: the test says that a first-order model does not fit, and the error is at most twice the bound. On all:
  /// the error after a load no worse than a PID by improved SIMC, which was given the true model, and strokes, those of the relay
  /// included, at most a twentieth of ESPHome's.
  public var broken: [String] {
    var broken: [String] = []
    for row in rows {
      func require(_ isKept: Bool, _ what: @autoclosure () -> String) {
        if !isKept { broken.append("\(row.plant): \(what())") }
      }
      let isFirstOrder = row.plant != "P4"
      require(row.trials.count == row.improvedSIMC.count, "a test ended without a result")
      if isFirstOrder {
        let error = row.worstModelError ?? .infinity
        require(error <= 0.03, "gain, time constant or dead time is off by \(Self.short(error * 100)) %")
      }
      let verdict: RelayTestResult.Verdict = isFirstOrder ? .firstOrder : .secondOrder
      require(row.trials.allSatisfy { $0.test.verdict == verdict }, "a test did not say \(verdict.rawValue)")
      let worst = (row.trials.map(\.proportional.setpoint).max() ?? .infinity) / row.bound
      require(worst <= (isFirstOrder ? 1.25 : 2), "setpoint IAE is \(Self.short(worst)) times the bound")
      let (load, peer) = (row.mean(\.proportional.load), Row.mean(row.improvedSIMC, \.load))
      require(load <= peer, "load IAE is \(Self.short(load)), improved SIMC has \(Self.short(peer))")
      let most = Row.mean(row.esphome, \.strokes) / 20
      for strokes in [row.mean(\.proportional.strokes), row.mean(\.relay.strokes)] {
        require(
          strokes <= most, "\(Self.short(strokes)) strokes an hour, a twentieth of ESPHome's are \(Self.short(most))")
      }
    }
    return broken
  }

  /// The table.
  public var text: String {
    var lines = [
      "plant | tests | verdict | hours | largest error K,T,L | setpoint IAE/bound mean (max) | load IAE mean, iSIMC | strokes/h: share, relay, ESPHome | setpoint IAE/bound relay, iSIMC, ESPHome"
    ]
    for row in rows {
      let verdicts = Set(row.trials.map(\.test.verdict.rawValue)).sorted().joined(separator: "/")
      let worst = row.trials.map(\.proportional.setpoint).max() ?? 0
      let error = row.worstModelError.map { "\(Self.short($0 * 100)) %" } ?? "no model"
      lines.append(
        [
          row.plant, "\(row.trials.count)", verdicts, Self.short(row.mean(\.hours)), error,
          "\(Self.short(row.mean(\.proportional.setpoint) / row.bound)) (\(Self.short(worst / row.bound)))",
          "\(Self.short(row.mean(\.proportional.load))), \(Self.short(Row.mean(row.improvedSIMC, \.load)))",
          "\(Self.short(row.mean(\.proportional.strokes))), \(Self.short(row.mean(\.relay.strokes))), \(Self.short(Row.mean(row.esphome, \.strokes)))",
          "\(Self.short(row.mean(\.relay.setpoint) / row.bound)), \(Self.short(Row.mean(row.improvedSIMC, \.setpoint) / row.bound)), \(Self.short(Row.mean(row.esphome, \.setpoint) / row.bound))",
        ].joined(separator: " | "))
    }
    return lines.joined(separator: "\n")
  }

  private static func short(_ number: Double) -> String {
    let scale = abs(number) < 10 ? 1_000.0 : 10
    return "\((number * scale).rounded() / scale)"
  }
}
