/// Where a value came from.
public enum SettingSource: Hashable, Sendable, CustomStringConvertible {
    case flag(String)
    case environment(variable: String)
    /// The file that `variable` (`AIBOX_…_FILE`) names.
    case secretFile(path: String, variable: String)
    case file(path: String, line: Int)
    case `default`

    public var description: String {
        switch self {
        case .flag(let flag): flag
        case .environment(let variable): variable
        case .secretFile(let path, let variable): "\(path), named by \(variable)"
        case .file(let path, let line): "\(path):\(line)"
        case .default: "default"
        }
    }
}
