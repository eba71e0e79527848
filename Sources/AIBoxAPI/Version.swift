/// The version of the whole product, shown by `aibox version`, health answers and metrics.
public enum AIBoxVersion {
    public static let current = "0.1.0"
}
