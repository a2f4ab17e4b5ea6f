// Linear least squares, for fits of a model to a recording.

/// Linear least squares by modified Gram–Schmidt (Golub & Van Loan, *Matrix Computations*, §5.2.8).
struct LeastSquares {
  /// What the columns leave of the values.
  let residuals: [Double]
  /// One for each column; zero for one that the others make up.
  let coefficients: [Double]

  init(columns: [[Double]], values: [Double]) {
    var basis = columns
    var residuals = values
    let count = columns.count
    var upper = Array(repeating: Array(repeating: 0.0, count: count), count: count)
    var projections = Array(repeating: 0.0, count: count)
    for column in 0..<count {
      let before = Self.dot(columns[column], columns[column]).squareRoot()
      let norm = Self.dot(basis[column], basis[column]).squareRoot()
      upper[column][column] = norm
      guard norm > 1e-9 * before, norm > 0 else {
        upper[column][column] = 0
        continue
      }
      for row in basis[column].indices { basis[column][row] /= norm }
      for other in (column + 1)..<max(count, column + 1) {
        upper[column][other] = Self.dot(basis[column], basis[other])
        Self.subtract(upper[column][other], basis[column], from: &basis[other])
      }
      projections[column] = Self.dot(basis[column], residuals)
      Self.subtract(projections[column], basis[column], from: &residuals)
    }
    var coefficients = Array(repeating: 0.0, count: count)
    for column in stride(from: count - 1, through: 0, by: -1) where upper[column][column] > 0 {
      var rest = projections[column]
      for other in (column + 1)..<max(count, column + 1) { rest -= upper[column][other] * coefficients[other] }
      coefficients[column] = rest / upper[column][column]
    }
    (self.residuals, self.coefficients) = (residuals, coefficients)
  }

  /// Sum of the squares of what is left.
  var cost: Double { Self.dot(residuals, residuals) }

  /// The inverse of a symmetric positive matrix; `nil` if it is singular.
  static func inverse(_ matrix: [[Double]]) -> [[Double]]? {
    let count = matrix.count
    var rows = matrix.enumerated().map { index, row in row + (0..<count).map { $0 == index ? 1 : 0 } }
    for pivot in 0..<count {
      guard let best = (pivot..<count).max(by: { abs(rows[$0][pivot]) < abs(rows[$1][pivot]) }),
        abs(rows[best][pivot]) > 1e-300
      else { return nil }
      rows.swapAt(pivot, best)
      let scale = rows[pivot][pivot]
      for place in rows[pivot].indices { rows[pivot][place] /= scale }
      for row in 0..<count where row != pivot && rows[row][pivot] != 0 {
        let factor = rows[row][pivot]
        for place in rows[row].indices { rows[row][place] -= factor * rows[pivot][place] }
      }
    }
    return rows.map { Array($0[count...]) }
  }

  static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for index in 0..<min(a.count, b.count) { sum += a[index] * b[index] }
    return sum
  }

  private static func subtract(_ factor: Double, _ a: [Double], from b: inout [Double]) {
    for index in 0..<min(a.count, b.count) { b[index] -= factor * a[index] }
  }
}
