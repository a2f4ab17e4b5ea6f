// The product's words in both languages: one word for one thing.

public import Controller

extension Language {
  /// Name of a quantity, by its name in channels.
  public func quantity(_ name: String) -> String {
    switch name {
    case "temperature": self("temperature", "温度")
    case "humidity": self("humidity", "相对湿度")
    case "co2": self("CO2", "二氧化碳")
    case "ammonia": self("ammonia", "氨气")
    case "illuminance": self("light", "光照")
    case "pressure": self("pressure", "气压")
    case "soil-moisture": self("soil moisture", "土壤湿度")
    case "voltage": self("voltage", "电压")
    case "wind-speed": self("wind", "风速")
    case "rain": self("rain", "雨")
    case "carbon-monoxide": self("carbon monoxide", "一氧化碳")
    case "soil-temperature": self("soil temperature", "土壤温度")
    case "surface-temperature": self("surface temperature", "表面温度")
    case "conductivity": self("conductivity (EC)", "电导率（EC）")
    default: name
    }
  }

  /// Name of a quality.
  public func quality(_ name: String) -> String {
    switch name {
    case "good": self("good", "良好")
    case "simulated": self("simulated", "模拟")
    case "substituted": self("substituted", "替代")
    case "suspect": self("suspect", "可疑")
    case "stale": self("stale", "过时")
    case "unreadable": self("unreadable on disk", "磁盘上无法读取")
    case "failed": self("failed", "失效")
    default: name
    }
  }

  /// Why a reading is not good.
  public func fault(_ name: String) -> String {
    switch name {
    case "no-answer": self("the sensor does not answer", "传感器无应答")
    case "range": self("the value is impossible", "数值超出可能范围")
    case "spike": self("the value jumped", "数值突变")
    case "flat-line": self("the value has not moved for too long", "数值长时间不变")
    case "disagrees": self("disagrees with the other probes of its zone", "与同区其他探头长时间不符")
    case "stale": self("no value for too long", "长时间无数据")
    case "never": self("no value yet", "尚无数据")
    case "all-probes-lost": self("all probes are lost", "所有探头失效")
    default: name
    }
  }

  /// Name of an output's kind.
  public func kind(_ kind: OutputKind) -> String {
    switch kind {
    case .heater: self("heater", "加热")
    case .fan: self("fan", "风机")
    case .circulation: self("circulation fan", "循环风机")
    case .mister: self("mister", "加湿")
    case .dehumidifier: self("dehumidifier", "除湿")
    case .pump: self("pump", "水泵")
    case .valve: self("valve", "阀门")
    case .light: self("lamp", "灯")
    case .vent: self("vent, opening", "天窗（开）")
    case .ventClosing: self("vent, closing", "天窗（关）")
    case .shade: self("shade, drawing", "遮阳（展开）")
    case .shadeRetracting: self("shade, drawing back", "遮阳（收起）")
    case .co2: self("CO2 dosing", "补CO2")
    case .alarm: self("alarm relay", "报警继电器")
    }
  }

  /// Name of a severity.
  public func severity(_ severity: AlarmSeverity) -> String {
    switch severity {
    case .warning: self("warning", "提醒")
    case .alarm: self("alarm", "报警")
    case .critical: self("CRITICAL", "紧急")
    }
  }

  /// What an alarm says.
  public func alarm(_ kind: AlarmKind) -> String {
    switch kind {
    case .low: self("below its alarm limit", "低于报警下限")
    case .high: self("above its alarm limit", "高于报警上限")
    case .readingLost: self("reading lost", "读数丢失")
    case .probeFailed: self("probe failed", "探头失效")
    case .probesDisagree: self("its probes lie far apart; nobody can say which is wrong", "本区探头读数相差过大，无法判断哪个有误")
    case .backupProbe: self("all its own probes have failed; a backup probe serves", "本区探头全部失效，由备用探头代替")
    case .heaterNoEffect:
      self(
        "runs and its zone does not get warmer: dead, or the probe is not where the heat goes",
        "已开启但本区不升温：加热器失效，或探头不在受热处")
    case .heaterWeak: self("heats at full power, and not enough", "满功率加热仍不足")
    case .ventLimited: self("the weather keeps it from opening as far as its zone needs", "因风雨限制，开度达不到本区需要")
    case .noEffect: self("runs, and nothing comes of it", "已运行但无效果")
    case .brownOut: self("comes and goes: only ventilation runs", "电源反复中断：仅保留通风")
    case .carbonMonoxide:
      self(
        "CARBON MONOXIDE: nobody in before it is aired; fires are off, fans run; look at stove and flue",
        "一氧化碳超限：通风前任何人不得入内；炉火已关，风机运转；请检查炉具和烟道")
    case .stuckOn: self("gets warmer although all its heaters are off", "加热器全部关闭，温度仍在上升")
    case .guardianLost: self("does not hold a lease: outputs are in failsafe", "无租约：输出处于失效安全状态")
    case .readBack: self("the line does not follow", "线路电平不跟随")
    case .tableMismatch:
      self("has another table: run bombyx apply, then restart both services", "守护表不一致：请运行 bombyx apply 并重启两个服务")
    case .journalQuarantined: self("log was damaged and put aside; a new one was begun", "记录文件损坏，已隔离并新建")
    case .journalDamaged: self("a part of the log cannot be read: the card may be failing", "部分记录无法读取：存储卡可能损坏")
    case .journalUnavailable: self("log cannot be written", "记录无法写入")
    case .diskFull: self("disk or quota is full", "磁盘或配额已满")
    case .stepLate: self("control step runs late", "控制步骤延迟")
    case .clockRate: self("runs at another rate than the real-time clock chip: times are not kept", "走速与实时时钟芯片不符：时间不准")
    case .uplinkRefused: self("is refused: see bombyx sync", "连接被拒绝：请运行 bombyx sync 查看")
    case .uplinkSilent: self("the hub has not answered for long: see bombyx sync", "上级长时间无应答：请运行 bombyx sync 查看")
    case .certificateEnds: self("the device's certificate ends within these days: have it renewed", "本机证书将在此天数内到期：请更换")
    case .recordsDropped: self("records were dropped", "记录有丢失")
    case .waterCap: self("dry, but the daily water cap is used up", "土壤干，但当日水量已用完")
    case .test: self("a test of siren and messages: nothing is wrong", "警报器与消息试验：并无异常")
    }
  }

  /// What holds an output.
  public func constraint(_ constraint: Constraint) -> String {
    switch constraint {
    case .minimumOn: self("must stay on for its minimum time", "须满足最短开启时间")
    case .minimumOff: self("must rest for its minimum time", "须满足最短停歇时间")
    case .maximumOn: self("was on for its maximum time and rests", "已达最长开启时间，正在停歇")
    case .startsPerHour: self("was started as often as it may in an hour", "已达每小时最多启动次数")
    case .interlock: self("waits for its interlock", "等待互锁解除")
    case .stagger: self("waits for its turn to start", "等待依次启动")
    case .boundedDuty:
      self("limited to yesterday's mean while a backup probe serves", "备用探头代替期间，限于前一日的平均出力")
    case .wind: self("no further in this wind", "因风限制开度")
    case .rain: self("no further in the rain", "因雨限制开度")
    case .windUnknown: self("no further, because the wind is not known", "风速不明，限制开度")
    case .rainUnknown: self("no further, because nobody knows whether it rains", "是否下雨不明，限制开度")
    case .guardian: self("is held by the guardian", "被守护进程保持")
    }
  }

  /// Why the guardian holds an output.
  public func guardianHold(_ name: String) -> String {
    switch name {
    case "failsafe": self("no lease: failsafe", "无租约：失效安全")
    case "min-off": self("minimum off-time", "最短停歇时间")
    case "max-on": self("maximum on-time", "最长开启时间")
    case "starts-per-hour": self("starts per hour", "每小时启动次数")
    case "interlock": self("interlock", "互锁")
    case "no-evidence": self("no fresh temperature", "无有效温度")
    case "high-limit": self("high limit", "温度上限")
    case "rail-down":
      self("another line reads on that should be off: coils without supply", "另有输出线应断而读为通：继电器线圈已断电")
    default: name
    }
  }

  /// State of the lease.
  public func lease(_ name: String) -> String {
    switch name {
    case "held": self("lease held", "租约有效")
    case "arming": self("lease begins", "租约建立中")
    case "none": self("no lease: failsafe", "无租约：失效安全")
    case "table-mismatch": self("guardian has another table: failsafe", "守护表不一致：失效安全")
    case "no-guardian": self("no guardian", "无守护进程")
    default: name
    }
  }
}
