// The size and equipment of a small plastic house.

import Climate

extension Greenhouse {
  /// Size, cover, soil and equipment of a house. The defaults are a tunnel of 30 × 8 m under a single film.
  ///
  /// Engineering estimates where no source is given; `docs/plants.md` gives the reasons.
  public struct Parameters: Hashable, Sendable {
    /// Ground, all of it planted, m².
    public var area = 240.0
    /// Air, m³.
    public var airVolume = 600.0
    /// Heat capacity of leaves, stems and fittings, which follow the air, J/K.
    public var canopyHeat = 3e6
    /// Heat capacity of the soil that takes part in a day's course, J/K: 0.15 m at 2 MJ/(m³·K).
    public var soilHeat = 72e6
    /// Heat passed between air and soil, W/K.
    public var soilCoupling = 1900.0
    /// Heat lost through the cover, W/K: 400 m² at 6 W/(m²·K), single polyethylene film.
    public var coverLoss = 2400.0
    /// Air changes through cracks at a wind of 1 m/s, 1/h.
    public var leakage = 1.0
    /// Share of the sun that the cover lets through.
    public var transmission = 0.65
    /// Share of the sun inside that warms the air by way of leaves; as much less goes to the soil.
    public var canopyShare = 0.65
    /// How far the cover's inner surface lies between inside (0) and outside (1) temperature.
    public var coverCooling = 0.6
    /// Vapour passed to a cover below the dew point, m³/s.
    public var condensationFlow = 1.6
    /// Flow of the exhaust fan, m³/h.
    public var fanFlow = 24_000.0
    /// Electric power of the exhaust fan, W.
    public var fanPower = 1100.0
    /// Electric power of the heater, W; all of it becomes heat.
    public var heaterPower = 30_000.0
    /// Time in which the heater's output follows the switch to 63 %, s.
    public var heaterLag = 150.0
    /// Electric power of the circulation fan, W.
    public var circulationPower = 250.0
    /// Share of the sun inside that leaves turn into vapour: the radiation term of Baille et al. (1994), for a leaf area index of 2.
    public var transpirationShare = 0.45
    /// Vapour by deficit, W/(m²·kPa): the second term of the same equation.
    public var transpirationByDeficit = 15.0
    /// Drip flow with pump and valve open, l/min.
    public var dripFlow = 20.0
    /// Electric power of the pump, W.
    public var pumpPower = 750.0
    /// Depth of roots, m.
    public var rootDepth = 0.3
    /// Soil water at field capacity, m³/m³; loam, FAO-56 table 19.
    public var fieldCapacity = 0.28
    /// Soil water at the wilting point, m³/m³; loam, FAO-56 table 19.
    public var wiltingPoint = 0.12
    /// Soil water at saturation, m³/m³.
    public var saturation = 0.45
    /// Share of the water between field capacity and wilting point that plants take without stress; FAO-56 table 22, tomato.
    public var readilyAvailable = 0.4
    /// Time in which drip water sinks to the roots to 63 %, s.
    public var infiltrationTime = 900.0
    /// Time in which water above field capacity drains to 63 %, s.
    public var drainageTime = 43_200.0

    /// The default house.
    public init() {}

    /// A house whose uncertain parameters each lie up to 30 % off, so that no tuning fits one house.
    ///
    /// The heater is never smaller than the house needs: 1.25 × `designHeatLoad`.
    public func randomised(by seed: UInt64) -> Parameters {
      var generator = SeededGenerator(seed: seed, purpose: "greenhouse")
      var result = self
      generator.vary(
        &result,
        [
          \.airVolume, \.canopyHeat, \.soilHeat, \.soilCoupling, \.coverLoss, \.leakage, \.coverCooling,
          \.condensationFlow, \.fanFlow, \.heaterPower, \.heaterLag, \.transpirationShare, \.transpirationByDeficit,
          \.dripFlow, \.rootDepth, \.infiltrationTime, \.drainageTime,
        ])
      result.heaterPower = max(result.heaterPower, 1.25 * result.designHeatLoad)
      return result
    }

    /// Heat needed to hold 15 °C in a still night of 6 °C, without what the soil gives back, W.
    public var designHeatLoad: Double {
      let leakageLoss = leakage * airVolume / 3600 * PlantPhysics.volumetricHeat(at: .atAltitude(metres: 400))
      return (coverLoss + leakageLoss) * (15 - 6)
    }
  }
}
