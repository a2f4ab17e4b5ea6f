// What the laws ask of an output, before anyone decides.

/// One law's demand for one output.
struct Claim {
  /// Wanted mean, 0…1.
  var demand: Double
  /// Why, if this claim wins.
  var reason: Reason
}

/// The claims of one step, at most one winner an output: the largest demand.
///
/// A claim of zero wins over nothing, so that an output which nobody needs can still say what its law looked at.
struct Claims {
  private var winners: [Claim?]

  init(outputs: Int) {
    winners = Array(repeating: nil, count: outputs)
  }

  subscript(output: OutputID) -> Claim? { winners[output.index] }

  mutating func removeAll() {
    for index in winners.indices { winners[index] = nil }
  }

  mutating func add(_ demand: Double, for output: OutputID, because reason: Reason) {
    if let winner = winners[output.index], winner.demand >= demand { return }
    winners[output.index] = Claim(demand: demand, reason: reason)
  }
}
