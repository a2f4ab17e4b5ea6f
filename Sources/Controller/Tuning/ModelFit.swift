// Fits a process model to a recording of an output and the quantity it moves.

import Climate
import RealModule

/// What an output did and what its quantity was, at equal intervals. Long recordings get longer intervals instead of more of them.
public struct TestRecording: Equatable, Sendable {
  /// Seconds between two samples that are added.
  let base: Double
  /// Seconds between two places: a number of samples.
  private(set) var interval: Double
  /// Mean of the samples of each interval; a sample is taken before the output is set.
  private(set) var values: [Double] = []
  /// Share of the full output during each interval, 0…1.
  private(set) var outputs: [Double] = []

  private var pending: (value: Double, output: Double, count: Int) = (0, 0, 0)

  /// Most places kept; even.
  private static let most = 6_000

  /// An empty recording of a sample every `interval` seconds.
  public init(interval: Double) { (base, self.interval) = (interval, interval) }

  /// Seconds recorded.
  var length: Double { Double(values.count) * interval + Double(pending.count) * base }

  /// Adds a sample.
  mutating func append(value: Double, output: Double) {
    if values.count == Self.most { join() }
    pending = (pending.value + value, pending.output + output, pending.count + 1)
    guard Double(pending.count) * base >= interval * 0.999 else { return }
    values.append(pending.value / Double(pending.count))
    outputs.append(pending.output / Double(pending.count))
    pending = (0, 0, 0)
  }

  private mutating func join() {
    for index in 0..<(Self.most / 2) {
      values[index] = (values[2 * index] + values[2 * index + 1]) / 2
      outputs[index] = (outputs[2 * index] + outputs[2 * index + 1]) / 2
    }
    values.removeSubrange((Self.most / 2)...)
    outputs.removeSubrange((Self.most / 2)...)
    interval *= 2
  }

  /// The same for an output that lowers its quantity: gains are positive in the direction of the loop.
  mutating func negate() {
    for index in values.indices { values[index] = -values[index] }
  }

  /// Recordings are the same if they hold the same.
  public static func == (left: TestRecording, right: TestRecording) -> Bool {
    left.interval == right.interval && left.values == right.values && left.outputs == right.outputs
  }

  /// Standard deviation of the values from a place on.
  func movement(from: Int) -> Double {
    let counted = values.dropFirst(from)
    guard !counted.isEmpty else { return 0 }
    let mean = counted.reduce(0, +) / Double(counted.count)
    return (counted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(counted.count)).squareRoot()
  }

  /// Standard deviation of the noise of a place, from second differences, which a smooth course does not have.
  var noise: Double {
    guard values.count > 3 else { return 0 }
    var sum = 0.0
    for index in 2..<values.count {
      let second = values[index] - 2 * values[index - 1] + values[index - 2]
      sum += second * second
    }
    return (sum / Double(values.count - 2) / 6).squareRoot()
  }
}

/// A process model with how well it is known.
public struct ModelFit: Equatable, Sendable {
  /// The model.
  public var model: ProcessModel
  /// Standard errors relative to the values, of gain, time constant, lag and dead time; the lag's is 0 for a first-order model.
  public var relativeErrors: (gain: Double, timeConstant: Double, lag: Double, deadTime: Double)
  /// Root mean square of what the model leaves, in the unit of the quantity.
  public var residual: Double

  /// The largest of the relative standard errors of gain, time constant and dead time.
  public var worstError: Double { max(relativeErrors.gain, relativeErrors.timeConstant, relativeErrors.deadTime) }

  /// Fits are the same if model and residual are; the errors follow from them.
  public static func == (left: ModelFit, right: ModelFit) -> Bool {
    left.model == right.model && left.residual == right.residual
  }

  /// Fits a model of an order by separable least squares (Golub & Pereyra 1973): for each trial of time constants and dead time the
  /// gain, the level, a drift and what was under way at the beginning follow linearly; Levenberg and Marquardt find the rest.
  /// - Parameters:
  ///   - isSecondOrder: whether the model has a lag.
  ///   - from: place of the recording from which the fit counts; what came before is only simulated.
  ///   - peak: seconds from a switch to the turn of the quantity: the scale at which the search begins.
  public init?(_ recording: TestRecording, isSecondOrder: Bool, from: Int, peak: Double) {
    guard recording.values.count - from > 100, peak > 0 else { return nil }
    let search = ModelSearch(recording, isSecondOrder: isSecondOrder, from: from)
    var best: (point: [Double], cost: Double)?
    for scale in [3.0, 12, 50] {
      let start = isSecondOrder ? [peak * scale, peak * 0.5, peak * 0.5] : [peak * scale, peak * 0.9]
      let found = search.minimum(from: start.map { Double.log($0) })
      if found.cost < best?.cost ?? .infinity { best = found }
    }
    guard let best, let fit = search.fit(at: best.point) else { return nil }
    self = fit
  }

  init(model: ProcessModel, relativeErrors: (Double, Double, Double, Double), residual: Double) {
    self.model = model
    self.relativeErrors = relativeErrors
    self.residual = residual
  }
}

/// The search for the parameters that enter nonlinearly: logarithms of time constant, lag (second order) and dead time.
private struct ModelSearch {
  let recording: TestRecording
  let isSecondOrder: Bool
  let first: Int
  private let values: [Double]
  /// Full-output seconds up to each place.
  private let sums: [Double]
  private let span: Double
  private let meanOutput: Double

  init(_ recording: TestRecording, isSecondOrder: Bool, from first: Int) {
    self.recording = recording
    self.isSecondOrder = isSecondOrder
    self.first = first
    values = Array(recording.values[first...])
    var (sums, sum) = ([0.0], 0.0)
    for output in recording.outputs {
      sum += output * recording.interval
      sums.append(sum)
    }
    self.sums = sums
    span = Double(recording.values.count) * recording.interval
    meanOutput = sum / max(span, 1)
  }

  private struct Point {
    var slow: Double
    var fast: Double
    var dead: Double
  }

  private func point(_ logarithms: [Double]) -> Point {
    // Outside of these bounds nothing could be told apart.
    func bounded(_ logarithm: Double, _ low: Double, _ high: Double) -> Double {
      min(max(Double.exp(min(max(logarithm, -20), 20)), low), high)
    }
    let step = recording.interval
    let slow = bounded(logarithms.first ?? 0, 2 * step, 10 * span)
    let dead = bounded(logarithms.last ?? 0, step / 10, span / 4)
    guard isSecondOrder, logarithms.count == 3 else { return Point(slow: slow, fast: 0, dead: dead) }
    return Point(slow: slow, fast: bounded(logarithms[1], step / 2, span), dead: dead)
  }

  /// The answer of a model with gain 1 that has long been at the mean output.
  private func answer(_ point: Point) -> [Double] {
    let step = recording.interval
    let share = 1 - Double.exp(-step / point.slow)
    let fastShare = point.fast > 0 ? 1 - Double.exp(-step / point.fast) : 1
    var (slow, measured) = (meanOutput, meanOutput)
    var result: [Double] = []
    result.reserveCapacity(values.count)
    var before = delayedSum(-point.dead / step)
    // The samples of an interval lie around its middle, half a sample early.
    let middle = (1 - recording.base / step) / 2
    for index in recording.values.indices {
      let begin = measured
      let after = delayedSum(Double(index + 1) - point.dead / step)
      slow += share * ((after - before) / step - slow)
      measured = point.fast > 0 ? measured + fastShare * (slow - measured) : slow
      before = after
      if index >= first { result.append(begin + middle * (measured - begin)) }
    }
    return result
  }

  /// Full-output seconds up to a place that may lie between two.
  private func delayedSum(_ place: Double) -> Double {
    guard place > 0 else { return place * recording.interval * meanOutput }
    let index = min(Int(place), sums.count - 2)
    return sums[index] + (sums[index + 1] - sums[index]) * (place - Double(index))
  }

  private func columns(_ point: Point) -> [[Double]] {
    let times = values.indices.map { Double($0) * recording.interval }
    var columns = [
      answer(point), Array(repeating: 1, count: values.count), times.map { $0 / span },
      times.map { Double.exp(-$0 / point.slow) },
    ]
    if point.fast > 0 { columns.append(times.map { Double.exp(-$0 / point.fast) }) }
    return columns
  }

  private func residuals(_ logarithms: [Double]) -> [Double] {
    LeastSquares(columns: columns(point(logarithms)), values: values).residuals
  }

  private static let difference = 1e-3

  /// Levenberg–Marquardt on the residuals that the linear part leaves.
  func minimum(from start: [Double]) -> (point: [Double], cost: Double) {
    var point = start
    var residuals = residuals(point)
    var cost = LeastSquares.dot(residuals, residuals)
    var damping = 1e-2
    for _ in 0..<60 {
      let slopes = point.indices.map { index in
        var moved = point
        moved[index] += Self.difference
        return zip(self.residuals(moved), residuals).map { ($0 - $1) / Self.difference }
      }
      var isBetter = false
      while damping < 1e6, !isBetter {
        let step = Self.step(slopes, residuals, damping)
        // No more than a factor of e at once: the logarithms are only locally linear.
        let next = zip(point, step).map { $0 - min(max($1, -1), 1) }
        let nextResiduals = self.residuals(next)
        let nextCost = LeastSquares.dot(nextResiduals, nextResiduals)
        if nextCost < cost {
          let isFinished = cost - nextCost < 1e-9 * cost
          (point, residuals, cost, isBetter) = (next, nextResiduals, nextCost, true)
          damping = max(damping / 5, 1e-9)
          if isFinished { return (point, cost) }
        } else {
          damping *= 5
        }
      }
      if !isBetter { break }
    }
    return (point, cost)
  }

  private static func step(_ slopes: [[Double]], _ residuals: [Double], _ damping: Double) -> [Double] {
    var matrix = slopes.map { row in slopes.map { LeastSquares.dot(row, $0) } }
    for index in matrix.indices { matrix[index][index] *= 1 + damping }
    let gradient = slopes.map { LeastSquares.dot($0, residuals) }
    guard let inverse = LeastSquares.inverse(matrix) else { return gradient.map { _ in 0 } }
    return inverse.map { LeastSquares.dot($0, gradient) }
  }

  /// The model at a point, with standard errors from the curvature of the cost there.
  func fit(at logarithms: [Double]) -> ModelFit? {
    let point = point(logarithms)
    let linear = columns(point)
    let solution = LeastSquares(columns: linear, values: values)
    guard let gain = solution.coefficients.first, gain.isFinite, gain != 0 else { return nil }
    let count = Double(values.count)
    let slopes = logarithms.indices.map { index in
      var moved = logarithms
      moved[index] += Self.difference
      return zip(answer(self.point(moved)), linear[0]).map { gain * ($0 - $1) / Self.difference }
    }
    let all = slopes + linear
    let matrix = all.map { row in all.map { LeastSquares.dot(row, $0) } }
    // Residuals that hang together count as fewer.
    var correlation = 0.0
    for index in 1..<solution.residuals.count {
      correlation += solution.residuals[index] * solution.residuals[index - 1]
    }
    correlation = min(max(correlation / max(solution.cost, 1e-30), 0), 0.99)
    let variance = solution.cost / max(count - Double(all.count), 1) * (1 + correlation) / (1 - correlation)
    guard let covariance = LeastSquares.inverse(matrix) else { return nil }
    func error(_ index: Int) -> Double { (max(covariance[index][index], 0) * variance).squareRoot() }
    var (slow, fast) = (point.slow, point.fast)
    var errors = (
      error(logarithms.count) / abs(gain), error(0), isSecondOrder ? error(1) : 0, error(logarithms.count - 1)
    )
    if fast > slow { (slow, fast, errors.1, errors.2) = (fast, slow, errors.2, errors.1) }
    return ModelFit(
      model: ProcessModel(
        gain: gain, timeConstant: Self.duration(slow), lag: Self.duration(fast), deadTime: Self.duration(point.dead)),
      relativeErrors: errors, residual: (solution.cost / count).squareRoot())
  }

  private static func duration(_ seconds: Double) -> Duration { .milliseconds(Int64((seconds * 1_000).rounded())) }
}
