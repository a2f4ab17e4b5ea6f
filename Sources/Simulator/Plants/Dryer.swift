// A cabinet in which nuts, roots or cocoons are dried.

public import Climate
public import Controller
import RealModule

/// What is dried, and how fast it gives its water off.
///
/// Page's thin-layer law, `MR = exp(-k t^n)` (Page 1949), with `k` after Arrhenius. `MR` is `(M - Me) / (M0 - Me)`, `M` the water on the dry
/// mass. So that temperature may change on the way, the law is used in its form without time: `dMR/dt = -n k^(1/n) x^((n-1)/n) MR`, with
/// `x = -ln MR`.
public struct DryingProduct: Hashable, Sendable {
  /// Water on the dry mass at the start, kg/kg.
  public var initialMoisture: Double
  /// Water on the dry mass at which it is done, kg/kg.
  public var finalMoisture: Double
  /// `k` at the reference temperature, h^-n.
  public var rate: Double
  /// °C.
  public var reference: Double
  /// J/mol.
  public var activation: Double
  /// `n`.
  public var exponent: Double
  /// Water on the dry mass in air of 50 % (Oswin's law, with the exponent 0.4).
  public var sorption: Double

  /// Walnuts in the shell: from 35 % of water to the 8 % of the farm text, in the recipe's day and a half at 38 °C; deep beds took 32 h at
  /// 45 °C to 12 % (ifoodmm.cn 31(6)). Rate calculated from that; activation energy, exponent and sorption are engineering estimates.
  public static let walnuts = DryingProduct(
    initialMoisture: 0.54, finalMoisture: 0.087, rate: 0.165, reference: 40, activation: 30_000, exponent: 0.85,
    sorption: 0.06)
  /// Slices of roots: from 70 to 12 % of water in some 30 h at 50 °C. Engineering estimate.
  public static let roots = DryingProduct(
    initialMoisture: 2.3, finalMoisture: 0.14, rate: 0.16, reference: 50, activation: 35_000, exponent: 0.95,
    sorption: 0.08)
  /// Fresh cocoons: of 100 kg 60 are lost. 24 h at 60 °C (J. Silk Sci. Tech. Japan 32), about 6 h from 95 to 60 °C (bivoltine manual): rate and
  /// activation energy are calculated from these two; sorption is an engineering estimate.
  public static let cocoons = DryingProduct(
    initialMoisture: 1.63, finalMoisture: 0.06, rate: 0.146, reference: 60, activation: 58_000, exponent: 1,
    sorption: 0.08)

  /// Change of the moisture, 1/s.
  func change(at moisture: Double, celsius: Double, relativeHumidity: Double) -> Double {
    let share = min(max(relativeHumidity / 100, 0.001), 0.98)
    let equilibrium = sorption * Double.pow(share / (1 - share), 0.4)
    guard moisture > equilibrium, initialMoisture > equilibrium else { return 0 }
    let ratio = min((moisture - equilibrium) / (initialMoisture - equilibrium), 0.98)
    let warmth = activation / 8.314 * (1 / (reference + 273.15) - 1 / (celsius + 273.15))
    let rate = rate * Double.exp(warmth)
    let speed =
      exponent * Double.pow(rate, 1 / exponent) * Double.pow(-Double.log(ratio), (exponent - 1) / exponent)
    return -speed * ratio * (initialMoisture - equilibrium) / 3_600
  }
}

/// A cabinet with heater, exhaust fan and a fan that moves its air. Equations and sources in `docs/plants.md`.
public struct Dryer: RoomPlant {
  /// Size and equipment.
  public struct Parameters: Hashable, Sendable {
    /// What is dried.
    public var product: DryingProduct
    /// Dry mass, kg.
    public var dryMass: Double
    /// Air in the cabinet, m³.
    public var airVolume = 12.0
    /// Heat capacity of trays and walls, J/K; the product's comes on top.
    public var trayHeat = 300_000.0
    /// Heat passed between air and product, W/K.
    public var massCoupling = 2_500.0
    /// Heat lost through the fabric, W/K.
    public var fabricLoss = 45.0
    /// Air changes through cracks at a wind of 1 m/s, 1/h.
    public var leakage = 2.0
    /// Flow of the exhaust fan, m³/h.
    public var fanFlow: Double
    /// Electric power of the exhaust fan, W.
    public var fanPower = 60.0
    /// Power of the heater, W.
    public var heaterPower: Double
    /// Time in which the heater's output follows the switch to 63 %, s.
    public var heaterLag = 180.0
    /// How fast the product gives off its water, as a share of its law's.
    public var rateFactor = 1.0

    /// A cabinet for a product of a dry mass, kg.
    /// - Parameters:
    ///   - fanFlow: m³/h.
    ///   - heaterPower: W.
    public init(_ product: DryingProduct, dryMass: Double, fanFlow: Double, heaterPower: Double) {
      (self.product, self.dryMass, self.fanFlow, self.heaterPower) = (product, dryMass, fanFlow, heaterPower)
    }

    /// 460 kg of fresh walnuts.
    public static let walnuts = Parameters(.walnuts, dryMass: 300, fanFlow: 600, heaterPower: 16_000)
    /// 330 kg of fresh roots.
    public static let roots = Parameters(.roots, dryMass: 100, fanFlow: 600, heaterPower: 24_000)
    /// 130 kg of fresh cocoons.
    public static let cocoons = Parameters(.cocoons, dryMass: 50, fanFlow: 300, heaterPower: 36_000)

    /// A cabinet whose uncertain parameters each lie up to 30 % off.
    public func randomised(by seed: UInt64) -> Parameters {
      var generator = SeededGenerator(seed: seed, purpose: "dryer")
      var result = self
      generator.vary(
        &result,
        [
          \.dryMass, \.airVolume, \.trayHeat, \.massCoupling, \.fabricLoss, \.leakage, \.fanFlow, \.heaterPower,
          \.heaterLag, \.rateFactor,
        ])
      return result
    }

    /// Dry matter holds 1.8, water 4.19 kJ/(kg·K).
    func fabric(moisture: Double) -> RoomFabric {
      RoomFabric(
        airVolume: airVolume, massHeat: trayHeat + dryMass * (1_800 + 4_190 * moisture), massCoupling: massCoupling,
        fabricLoss: fabricLoss, leakage: leakage, surfaceCooling: 0.15, condensationFlow: 0.05, gradient: 0.01)
    }
  }

  /// Size, product and equipment.
  public let parameters: Parameters
  /// The weather around the dryer.
  public var weather: Weather
  /// Electricity and water used.
  public private(set) var totals = PlantTotals()
  /// Water on the dry mass of the product, kg/kg.
  public private(set) var moisture: Double
  /// Highest temperature of the product so far.
  public private(set) var hottest: Temperature

  private(set) var room: RoomAir
  var outside: OutsideConditions
  private var equipment = RoomEquipment()

  /// A loaded dryer.
  /// - Parameters:
  ///   - temperature: of the air: dryers are warmed up before they are loaded.
  public init(parameters: Parameters, weather: Weather, start: PlantTime, temperature: Temperature) {
    (self.parameters, self.weather) = (parameters, weather)
    outside = self.weather.conditions(at: start)
    moisture = parameters.product.initialMoisture
    hottest = outside.temperature
    let outer =
      PlantPhysics.saturation(celsius: outside.temperature.celsius) * outside.relativeHumidity.fraction
    room = RoomAir(
      temperature: temperature.celsius, massTemperature: outside.temperature.celsius,
      percent: min(100 * outer / PlantPhysics.saturation(celsius: temperature.celsius), 100),
      pressure: outside.pressure)
  }

  /// Actuators that the dryer has.
  public let actuators: Set<OutputKind> = [.heater, .fan, .circulation]

  /// Whether the product is as dry as it should be.
  public var isDone: Bool { moisture <= parameters.product.finalMoisture }

  mutating func advance(by dt: Double, _ actuators: ActuatorStates) {
    let p = parameters
    _ = equipment.advance(
      by: dt, heater: p.heaterPower * actuators[.heater], lag: p.heaterLag, mister: 0, mistTime: 60, deficit: 0)
    let sources = sources(actuators, heat: equipment.heat, mist: 0, in: room.now)
    moisture -= sources.massVapour / p.dryMass * dt
    room.advance(by: dt, sources, fabric, outside)
    hottest = max(hottest, Temperature(celsius: room.massTemperature))
    totals.energy += (p.heaterPower * actuators[.heater] + p.fanPower * actuators[.fan]) * dt / 3.6e6
  }

  // MARK: Air

  var fabric: RoomFabric { parameters.fabric(moisture: moisture) }

  var capacity: (heater: Double, mister: Double) { (parameters.heaterPower, 0) }

  func sources(_ actuators: ActuatorStates, heat: Double, mist: Double, in air: RoomAir.Moment) -> RoomAir.Sources {
    let relative = PlantPhysics.relativeHumidity(humidity: air.vapour, celsius: air.celsius).percent
    // Near saturation the surface no longer dries, however much water there is.
    let openness = min(max((100 - relative) / 50, 0), 1)
    let dried =
      parameters.product.change(at: moisture, celsius: room.massTemperature, relativeHumidity: relative)
      * parameters.rateFactor * openness
    var sources = RoomAir.Sources()
    sources.fan = parameters.fanFlow * actuators[.fan]
    sources.heat = heat
    sources.massVapour = -dried * parameters.dryMass
    sources.circulation = actuators[.circulation]
    return sources
  }

  /// The mean of the air inside, at once.
  public var air: PlantConditions { room.conditions(outside) }

  /// What a probe at a position is exposed to, behind the lag of its housing.
  public func conditions(at position: ProbePosition) -> PlantConditions { room.conditions(at: position, outside) }
}
