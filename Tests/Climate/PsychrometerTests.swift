// Dry–wet difference and humidity against computed and published values.

import Climate
import Testing

@Suite("Psychrometer")
struct PsychrometerTests {
  struct Row: Sendable {
    var dry: Double
    var difference: Double
    var altitude: Double
    /// Relative humidity in percent for the three coefficients.
    var aspirated: Double
    var natural: Double
    var still: Double

    init(_ dry: Double, _ difference: Double, _ altitude: Double, _ rh: (Double, Double, Double)) {
      (self.dry, self.difference, self.altitude) = (dry, difference, altitude)
      (aspirated, natural, still) = rh
    }
  }

  /// °C, K, m, and percent by FAO-56 eq. 15, computed independently.
  static let values: [Row] = [
    Row(27.5, 0.5, 0, (96.201, 96.011, 95.459)),
    Row(27.5, 0.5, 400, (96.243, 96.061, 95.535)),
    Row(27.5, 0.5, 1200, (96.322, 96.157, 95.678)),
    Row(27.5, 1, 0, (92.475, 92.095, 90.991)),
    Row(27.5, 1, 400, (92.559, 92.196, 91.143)),
    Row(27.5, 1, 1200, (92.717, 92.387, 91.429)),
    Row(27, 1, 0, (92.4, 92.008, 90.872)),
    Row(27, 1, 400, (92.486, 92.112, 91.028)),
    Row(27, 1, 1200, (92.649, 92.309, 91.323)),
    Row(26, 1.5, 0, (88.476, 87.852, 86.044)),
    Row(26, 1.5, 400, (88.613, 88.018, 86.292)),
    Row(26, 1.5, 1200, (88.872, 88.33, 86.761)),
    Row(26, 2, 0, (84.779, 83.947, 81.536)),
    Row(26, 2, 400, (84.962, 84.168, 81.868)),
    Row(26, 2, 1200, (85.307, 84.585, 82.493)),
    Row(25, 2, 0, (84.454, 83.571, 81.013)),
    Row(25, 2, 400, (84.648, 83.806, 81.365)),
    Row(25, 2, 1200, (85.014, 84.248, 82.029)),
    Row(25, 2.5, 0, (80.749, 79.645, 76.448)),
    Row(25, 2.5, 400, (80.991, 79.938, 76.887)),
    Row(25, 2.5, 1200, (81.449, 80.492, 77.717)),
    Row(24, 2.5, 0, (80.323, 79.152, 75.757)),
    Row(24, 2.5, 400, (80.58, 79.463, 76.223)),
    Row(24, 2.5, 1200, (81.066, 80.05, 77.104)),
    Row(24, 3, 0, (76.605, 75.199, 71.125)),
    Row(24, 3, 400, (76.914, 75.572, 71.685)),
    Row(24, 3, 1200, (77.497, 76.277, 72.743)),
    Row(24, 4, 0, (69.373, 67.499, 62.067)),
    Row(24, 4, 400, (69.785, 67.997, 62.814)),
    Row(24, 4, 1200, (70.563, 68.937, 64.224)),
    Row(23, 3, 0, (76.069, 74.576, 70.249)),
    Row(23, 3, 400, (76.397, 74.972, 70.844)),
    Row(23, 3, 1200, (77.016, 75.721, 71.966)),
    Row(22, 2.5, 0, (79.398, 78.076, 74.245)),
    Row(22, 2.5, 400, (79.688, 78.427, 74.771)),
    Row(22, 2.5, 1200, (80.237, 79.09, 75.766)),
    Row(20, 2, 0, (82.534, 81.338, 77.872)),
    Row(20, 2, 400, (82.796, 81.655, 78.348)),
    Row(20, 2, 1200, (83.293, 82.255, 79.248)),
    Row(30, 3, 0, (79.286, 78.298, 75.433)),
    Row(30, 3, 400, (79.503, 78.56, 75.826)),
    Row(30, 3, 1200, (79.913, 79.056, 76.57)),
  ]

  @Test("the dry–wet difference gives the humidity, and back", arguments: values)
  func table(row: Row) throws {
    let dry = Temperature(celsius: row.dry)
    let difference = TemperatureDifference(kelvins: row.difference)
    for (coefficient, percent) in [
      (Psychrometer.aspirated, row.aspirated), (Psychrometer.naturallyVentilated, row.natural),
      (Psychrometer.still, row.still),
    ] {
      let psychrometer = Psychrometer(coefficient: coefficient, altitude: row.altitude)
      let humidity = try #require(psychrometer.relativeHumidity(dryBulb: dry, difference: difference))
      #expect(abs(humidity.percent - percent) < 1e-3)
      let back = psychrometer.difference(dryBulb: dry, relativeHumidity: humidity)
      #expect(abs(back.kelvins - row.difference) < 1e-9)
    }
  }

  @Test(
    "the difference for a humidity agrees with the table for display",
    arguments: [
      (24.0, 60.0, 5.47), (24, 65, 4.72), (24, 70, 3.99), (24, 75, 3.28), (24, 80, 2.59), (24, 85, 1.92),
      (24, 90, 1.26), (27, 80, 2.77), (27, 85, 2.05), (27, 90, 1.35),
    ])
  func display(celsius: Double, percent: Double, kelvins: Double) {
    let psychrometer = Psychrometer(coefficient: Psychrometer.aspirated, pressure: Pressure(kilopascals: 95))
    let difference = psychrometer.difference(
      dryBulb: Temperature(celsius: celsius), relativeHumidity: RelativeHumidity(percent: percent))
    #expect(abs(difference.kelvins - kelvins) < 0.006)
  }

  @Test("FAO-56 example 4: 25.6 °C dry, 19.5 °C wet at 1200 m is 1.91 kPa")
  func example4() throws {
    let psychrometer = Psychrometer(coefficient: Psychrometer.aspirated, altitude: 1200)
    let vapour = try #require(
      psychrometer.vapourPressure(
        dryBulb: Temperature(celsius: 25.6), difference: Temperature(celsius: 25.6) - Temperature(celsius: 19.5)))
    #expect(abs(vapour.kilopascals - 1.91) < 0.005)
  }

  @Test("a shed's thermometers are taken as naturally ventilated unless said otherwise")
  func defaultCoefficient() {
    #expect(Psychrometer(altitude: 400).coefficient == 0.0008)
  }

  @Test("readings that no air can cause give no humidity")
  func impossible() {
    let psychrometer = Psychrometer(altitude: 400)
    let dry = Temperature(celsius: 25)
    #expect(psychrometer.relativeHumidity(dryBulb: dry, difference: TemperatureDifference(kelvins: -0.1)) == nil)
    #expect(psychrometer.relativeHumidity(dryBulb: dry, difference: TemperatureDifference(kelvins: 24)) == nil)
    #expect(psychrometer.relativeHumidity(dryBulb: dry, difference: TemperatureDifference(kelvins: .nan)) == nil)
  }

  @Test("equal bulbs mean saturated air, and the difference of dry air is finite")
  func ends() {
    let psychrometer = Psychrometer(altitude: 400)
    let dry = Temperature(celsius: 25)
    #expect(psychrometer.relativeHumidity(dryBulb: dry, difference: TemperatureDifference(kelvins: 0))?.percent == 100)
    let driest = psychrometer.difference(dryBulb: dry, relativeHumidity: RelativeHumidity(percent: 0))
    #expect(driest.kelvins > 15 && driest.kelvins < 25)
    #expect(driest == psychrometer.difference(dryBulb: dry, relativeHumidity: RelativeHumidity(percent: -5)))
  }
}
