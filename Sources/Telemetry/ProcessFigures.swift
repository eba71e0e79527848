import Foundation

/// What the kernel says about this process (proc(5)), under the names of Prometheus' client libraries.
struct ProcessFigures {
    var cpuSeconds = 0.0
    var residentBytes: Int64 = 0
    var openDescriptors: Int64 = 0
    var startTime = 0.0
    var threads: Int64 = 0

    /// Reads /proc/self; what cannot be read stays 0.
    static func read() -> ProcessFigures {
        var figures = ProcessFigures(stat: contents("/proc/self/stat"), bootTime: bootTime)
        // One of the entries is the descriptor that the listing itself opens.
        let entries = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        figures.openDescriptors = Int64(max(0, (entries?.count ?? 0) - 1))
        return figures
    }

    private init() {}

    /// - Parameters:
    ///   - stat: the content of /proc/self/stat. The program's name, in parentheses, may hold blanks and parentheses.
    ///   - bootTime: seconds since 1970.
    init(stat: String, bootTime: Double) {
        guard let end = stat.lastIndex(of: ")") else { return }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 21 else { return }
        // proc(5) numbers fields from 1 and the first behind the name is number 3.
        func field(_ number: Int) -> Int64 { Int64(fields[number - 3]) ?? 0 }
        let ticks = Double(sysconf(CInt(_SC_CLK_TCK)))
        cpuSeconds = Double(field(14) &+ field(15)) / ticks
        threads = field(20)
        startTime = bootTime + Double(field(22)) / ticks
        residentBytes = field(24).multipliedReportingOverflow(by: Int64(sysconf(CInt(_SC_PAGESIZE)))).partialValue
    }

    func write(to text: inout ExpositionText) {
        let none = LabelSet([])
        text.header("process_cpu_seconds_total", type: "counter", help: "User and system CPU time spent.")
        text.sample("process_cpu_seconds_total", none, cpuSeconds)
        text.header("process_open_fds", type: "gauge", help: "Open file descriptors.")
        text.sample("process_open_fds", none, openDescriptors)
        text.header("process_resident_memory_bytes", type: "gauge", help: "Resident memory.")
        text.sample("process_resident_memory_bytes", none, residentBytes)
        text.header("process_start_time_seconds", type: "gauge", help: "Start of the process since 1970.")
        text.sample("process_start_time_seconds", none, startTime)
        text.header("process_threads", type: "gauge", help: "Threads of the process.")
        text.sample("process_threads", none, threads)
    }

    private static let bootTime: Double = {
        let line = contents("/proc/stat").split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Double($0.dropFirst("btime ".count)) } ?? 0
    }()

    private static func contents(_ path: String) -> String {
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.readToEnd() else { return "" }
        return String(decoding: data, as: UTF8.self)
    }
}
