//! Every action that is recognised, with its name, its technique in ATT&CK, and how telling it is alone.
//!
//! Weights lie in 0 to 1: how sure one would be that a statement is an attack, knowing only that it does this. They were set by
//! how rarely the honest lines of `cmd_lines` do it (those that the benchmark trains on; see docs/benchmarks.md), in steps of
//! half a nat, with a floor for what has no honest use. No malicious line was asked, so what is known of attacks carries over
//! to sources that no training saw.
//! Techniques are those of ATT&CK for enterprise, version 17.

/// What an action serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::command) enum Tactic {
    Execution,
    Control,
    Persistence,
    Escalation,
    Evasion,
    Credentials,
    Discovery,
    Collection,
    Impact,
}

macro_rules! actions {
    ($($action:ident $tactic:ident $weight:literal $id:literal $technique:literal;)*) => {
        /// An action that a statement takes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in crate::command) enum Action {
            $(#[doc = $technique] $action,)*
        }

        /// One line per action, in the order of [`Action`].
        pub(in crate::command) const TABLE: &[Entry] = &[
            $(Entry {
                name: stringify!($action),
                tactic: Tactic::$tactic,
                weight: $weight,
                id: $id,
                technique: $technique,
            },)*
        ];
    };
}

/// What is known of one action.
#[derive(Clone, Copy, Debug)]
pub(in crate::command) struct Entry {
    pub(in crate::command) name: &'static str,
    pub(in crate::command) tactic: Tactic,
    pub(in crate::command) weight: f32,
    pub(in crate::command) id: &'static str,
    pub(in crate::command) technique: &'static str,
}

actions! {
    ConnectBack Control 0.98 "T1059.004" "Command and Scripting Interpreter: Unix Shell";
    BindShell Control 0.97 "T1059.004" "Command and Scripting Interpreter: Unix Shell";
    RawSocket Control 0.95 "T1095" "Non-Application Layer Protocol";
    Listen Control 0.78 "T1571" "Non-Standard Port";
    Relay Control 0.95 "T1095" "Non-Application Layer Protocol";
    Tunnel Control 0.63 "T1572" "Protocol Tunneling";
    Download Control 0.05 "T1105" "Ingress Tool Transfer";
    DownloadFromAddress Control 0.92 "T1105" "Ingress Tool Transfer";
    DownloadToTemporary Control 0.95 "T1105" "Ingress Tool Transfer";
    DownloadAlternatives Control 0.95 "T1105" "Ingress Tool Transfer";
    DownloadByCode Control 0.95 "T1105" "Ingress Tool Transfer";
    DownloadRun Control 0.86 "T1105" "Ingress Tool Transfer";
    DownloadFileRun Control 0.95 "T1105" "Ingress Tool Transfer";
    LegacyTransfer Control 0.95 "T1105" "Ingress Tool Transfer";
    RawTransfer Control 0.92 "T1105" "Ingress Tool Transfer";
    ScpProtocol Control 0.95 "T1105" "Ingress Tool Transfer";
    DropSite Collection 0.92 "T1567" "Exfiltration Over Web Service";
    Upload Collection 0.86 "T1048" "Exfiltration Over Alternative Protocol";
    UploadOut Collection 0.95 "T1048" "Exfiltration Over Alternative Protocol";
    Serve Collection 0.92 "T1048" "Exfiltration Over Alternative Protocol";
    DecodeRun Execution 0.95 "T1140" "Deobfuscate/Decode Files or Information";
    Decode Execution 0.92 "T1140" "Deobfuscate/Decode Files or Information";
    HiddenCode Execution 0.95 "T1027" "Obfuscated Files or Information";
    Terminal Execution 0.95 "T1059.006" "Command and Scripting Interpreter: Python";
    InteractiveShell Execution 0.86 "T1059.004" "Command and Scripting Interpreter: Unix Shell";
    ShellEscape Escalation 0.95 "T1548" "Abuse Elevation Control Mechanism";
    ShellArgument Escalation 0.92 "T1202" "Indirect Command Execution";
    WrappedShell Escalation 0.95 "T1202" "Indirect Command Execution";
    SpawnByCode Execution 0.92 "T1059" "Command and Scripting Interpreter";
    FileByCode Collection 0.95 "T1005" "Data from Local System";
    PrivilegedShell Escalation 0.95 "T1548.001" "Abuse Elevation Control Mechanism: Setuid and Setgid";
    SetUidCode Escalation 0.95 "T1548.001" "Abuse Elevation Control Mechanism: Setuid and Setgid";
    SetUidBit Escalation 0.86 "T1548.001" "Abuse Elevation Control Mechanism: Setuid and Setgid";
    SetUidSearch Discovery 0.78 "T1548.001" "Abuse Elevation Control Mechanism: Setuid and Setgid";
    CopiedShell Escalation 0.95 "T1036.003" "Masquerading: Rename Legitimate Utilities";
    SudoRights Escalation 0.95 "T1548.003" "Abuse Elevation Control Mechanism: Sudo and Sudo Caching";
    HookOption Escalation 0.39 "T1202" "Indirect Command Execution";
    HookOptionShell Escalation 0.95 "T1202" "Indirect Command Execution";
    HookVariable Escalation 0.86 "T1574.007" "Hijack Execution Flow: Path Interception by PATH Environment Variable";
    LibraryPreload Escalation 0.95 "T1574.006" "Hijack Execution Flow: Dynamic Linker Hijacking";
    LibraryLoad Escalation 0.86 "T1129" "Shared Modules";
    KernelModule Persistence 0.86 "T1547.006" "Boot or Logon Autostart Execution: Kernel Modules and Extensions";
    RunFromTemporary Execution 0.78 "T1059.004" "Command and Scripting Interpreter: Unix Shell";
    RunHidden Execution 0.78 "T1564.001" "Hide Artifacts: Hidden Files and Directories";
    RunUnknownSystemFile Execution 0.86 "T1036.005" "Masquerading: Match Legitimate Resource Name or Location";
    Detached Execution 0.92 "T1059.004" "Command and Scripting Interpreter: Unix Shell";
    CronWrite Persistence 0.92 "T1053.003" "Scheduled Task/Job: Cron";
    CronChange Persistence 0.78 "T1053.003" "Scheduled Task/Job: Cron";
    JobAt Persistence 0.95 "T1053.002" "Scheduled Task/Job: At";
    UnitWrite Persistence 0.95 "T1543.002" "Create or Modify System Process: Systemd Service";
    UnitText Persistence 0.95 "T1543.002" "Create or Modify System Process: Systemd Service";
    ServiceEnable Persistence 0.86 "T1543.002" "Create or Modify System Process: Systemd Service";
    BootScript Persistence 0.95 "T1037.004" "Boot or Logon Initialization Scripts: RC Scripts";
    ShellStart Persistence 0.78 "T1546.004" "Event Triggered Execution: Unix Shell Configuration Modification";
    PythonStart Persistence 0.95 "T1546.018" "Event Triggered Execution: Python Startup Hooks";
    Autostart Persistence 0.95 "T1547.013" "Boot or Logon Autostart Execution: XDG Autostart Entries";
    Trap Persistence 0.86 "T1546.005" "Event Triggered Execution: Trap";
    AuthorizedKeys Persistence 0.95 "T1098.004" "Account Manipulation: SSH Authorized Keys";
    AccountCreate Persistence 0.86 "T1136.001" "Create Account: Local Account";
    AccountRights Persistence 0.95 "T1098" "Account Manipulation";
    PasswordChange Persistence 0.92 "T1098" "Account Manipulation";
    Authentication Credentials 0.95 "T1556.003" "Modify Authentication Process: Pluggable Authentication Modules";
    Certificate Evasion 0.92 "T1553.004" "Subvert Trust Controls: Install Root Certificate";
    ProgramFolderWrite Evasion 0.86 "T1036.005" "Masquerading: Match Legitimate Resource Name or Location";
    Shadow Credentials 0.95 "T1003.008" "OS Credential Dumping: /etc/passwd and /etc/shadow";
    Accounts Discovery 0.86 "T1087.001" "Account Discovery: Local Account";
    SshKeys Credentials 0.86 "T1552.004" "Unsecured Credentials: Private Keys";
    CloudSecrets Credentials 0.92 "T1552.001" "Unsecured Credentials: Credentials In Files";
    SecretFiles Credentials 0.78 "T1552.001" "Unsecured Credentials: Credentials In Files";
    PasswordSearch Credentials 0.86 "T1552.001" "Unsecured Credentials: Credentials In Files";
    HistoryRead Credentials 0.95 "T1552.003" "Unsecured Credentials: Bash History";
    BrowserFiles Credentials 0.92 "T1217" "Browser Information Discovery";
    ProcessMemory Credentials 0.95 "T1003.007" "OS Credential Dumping: Proc Filesystem";
    Capture Credentials 0.78 "T1040" "Network Sniffing";
    KeyLog Credentials 0.95 "T1056.001" "Input Capture: Keylogging";
    Guessing Credentials 0.86 "T1110" "Brute Force";
    PasswordOnLine Credentials 0.78 "T1078" "Valid Accounts";
    HistoryOff Evasion 0.86 "T1562.003" "Impair Defenses: Impair Command History Logging";
    LogWipe Evasion 0.92 "T1070.002" "Indicator Removal: Clear Linux or Mac System Logs";
    SecurityOff Evasion 0.95 "T1562.001" "Impair Defenses: Disable or Modify Tools";
    FirewallOff Evasion 0.95 "T1562.004" "Impair Defenses: Disable or Modify System Firewall";
    AuditOff Evasion 0.92 "T1562.012" "Impair Defenses: Disable or Modify Linux Audit System";
    Immutable Evasion 0.92 "T1222.002" "File and Directory Permissions Modification: Linux and Mac";
    OpenPermission Evasion 0.86 "T1222.002" "File and Directory Permissions Modification: Linux and Mac";
    MakeRunnable Evasion 0.05 "T1222.002" "File and Directory Permissions Modification: Linux and Mac";
    MakeRunnableTemporary Evasion 0.95 "T1222.002" "File and Directory Permissions Modification: Linux and Mac";
    TimeStomp Evasion 0.86 "T1070.006" "Indicator Removal: Timestomp";
    FileRemoval Evasion 0.05 "T1070.004" "Indicator Removal: File Deletion";
    HiddenFile Evasion 0.78 "T1564.001" "Hide Artifacts: Hidden Files and Directories";
    HideProcess Evasion 0.95 "T1014" "Rootkit";
    BinaryWrite Evasion 0.95 "T1027" "Obfuscated Files or Information";
    SystemInformation Discovery 0.05 "T1082" "System Information Discovery";
    UserInformation Discovery 0.05 "T1033" "System Owner/User Discovery";
    NetworkInformation Discovery 0.05 "T1016" "System Network Configuration Discovery";
    Connections Discovery 0.63 "T1049" "System Network Connections Discovery";
    Processes Discovery 0.05 "T1057" "Process Discovery";
    VirtualMachine Discovery 0.86 "T1497.001" "Virtualization/Sandbox Evasion: System Checks";
    PasswordPolicy Discovery 0.86 "T1201" "Password Policy Discovery";
    Scan Discovery 0.39 "T1046" "Network Service Discovery";
    LoaderProbe Discovery 0.95 "T1059.004" "Command and Scripting Interpreter: Unix Shell";
    FolderHunt Execution 0.95 "T1083" "File and Directory Discovery";
    Mining Impact 0.95 "T1496.001" "Resource Hijacking: Compute Hijacking";
    Shutdown Impact 0.92 "T1529" "System Shutdown/Reboot";
    ServiceStop Impact 0.95 "T1489" "Service Stop";
    KillProcesses Impact 0.39 "T1489" "Service Stop";
    DiskWipe Impact 0.95 "T1561" "Disk Wipe";
    RemoveAll Impact 0.95 "T1485" "Data Destruction";
    Encrypt Impact 0.92 "T1486" "Data Encrypted for Impact";
    ForkBomb Impact 0.95 "T1499" "Endpoint Denial of Service";
    KernelSetting Impact 0.95 "T1574" "Hijack Execution Flow";
    Malice Execution 0.78 "T1588" "Obtain Capabilities";
    PrintToFile Execution 0.63 "T1059.004" "Command and Scripting Interpreter: Unix Shell";
    PrintToTemporary Execution 0.92 "T1059.004" "Command and Scripting Interpreter: Unix Shell";
    PrintScript Execution 0.95 "T1059.004" "Command and Scripting Interpreter: Unix Shell";
    PrintCode Execution 0.92 "T1059.004" "Command and Scripting Interpreter: Unix Shell";
    PrintToStart Persistence 0.92 "T1037" "Boot or Logon Initialization Scripts";
    PrintThenRun Execution 0.92 "T1059.004" "Command and Scripting Interpreter: Unix Shell";
    TemporaryDrop Control 0.63 "T1105" "Ingress Tool Transfer";
    HiddenDrop Evasion 0.86 "T1564.001" "Hide Artifacts: Hidden Files and Directories";
    CopiedProgram Evasion 0.92 "T1036.003" "Masquerading: Rename Legitimate Utilities";
    RootOwner Escalation 0.95 "T1222.002" "File and Directory Permissions Modification: Linux and Mac";
    Shred Evasion 0.78 "T1070.004" "Indicator Removal: File Deletion";
    RemoveTemporary Evasion 0.92 "T1070.004" "Indicator Removal: File Deletion";
    RemoveTools Evasion 0.95 "T1070.004" "Indicator Removal: File Deletion";
    RunTemporaryBinary Execution 0.92 "T1059.004" "Command and Scripting Interpreter: Unix Shell";
    RunUnknownFile Execution 0.86 "T1204.002" "User Execution: Malicious File";
    RunHere Execution 0.86 "T1204.002" "User Execution: Malicious File";
    RunRandomName Execution 0.86 "T1036.005" "Masquerading: Match Legitimate Resource Name or Location";
    RunArchitecture Execution 0.95 "T1204.002" "User Execution: Malicious File";
    RunLocalScript Execution 0.92 "T1059.004" "Command and Scripting Interpreter: Unix Shell";
    ScriptAtAddress Impact 0.95 "T1498" "Network Denial of Service";
    BotScript Execution 0.95 "T1583.005" "Acquire Infrastructure: Botnet";
    BotName Execution 0.95 "T1583.005" "Acquire Infrastructure: Botnet";
    AttackTool Execution 0.78 "T1588.002" "Obtain Capabilities: Tool";
    ScpSink Control 0.95 "T1105" "Ingress Tool Transfer";
    BusyboxApplet Execution 0.95 "T1059.004" "Command and Scripting Interpreter: Unix Shell";
    InstallTools Control 0.92 "T1072" "Software Deployment Tools";
    ShellLast Escalation 0.78 "T1059.004" "Command and Scripting Interpreter: Unix Shell";
    ShellBehind Escalation 0.92 "T1059.004" "Command and Scripting Interpreter: Unix Shell";
    TypedShell Escalation 0.92 "T1548" "Abuse Elevation Control Mechanism";
    MacroCode Escalation 0.95 "T1202" "Indirect Command Execution";
    SystemCall Escalation 0.92 "T1059" "Command and Scripting Interpreter";
    JoinedShell Escalation 0.92 "T1059.004" "Command and Scripting Interpreter: Unix Shell";
    RootShell Escalation 0.78 "T1548.003" "Abuse Elevation Control Mechanism: Sudo and Sudo Caching";
    UserSwitch Escalation 0.78 "T1078.003" "Valid Accounts: Local Accounts";
    ContainerEscape Escalation 0.95 "T1611" "Escape to Host";
    FileAddress Collection 0.95 "T1005" "Data from Local System";
    FileBySign Collection 0.95 "T1005" "Data from Local System";
    FilterAsReader Collection 0.95 "T1005" "Data from Local System";
    DeviceAsFile Collection 0.78 "T1005" "Data from Local System";
    RoundTrip Collection 0.86 "T1005" "Data from Local System";
    MakeRunnableHere Evasion 0.78 "T1222.002" "File and Directory Permissions Modification: Linux and Mac";
    DownloadTopFile Control 0.92 "T1105" "Ingress Tool Transfer";
    HistoryUnset Evasion 0.95 "T1562.003" "Impair Defenses: Impair Command History Logging";
    SshOption Execution 0.95 "T1021.004" "Remote Services: SSH";
    DownloadScript Control 0.92 "T1105" "Ingress Tool Transfer";
    DownloadArchitecture Control 0.92 "T1105" "Ingress Tool Transfer";
    DownloadFromPort Control 0.92 "T1571" "Non-Standard Port";
    BareConnection Control 0.63 "T1095" "Non-Application Layer Protocol";
    ScreenCapture Collection 0.92 "T1113" "Screen Capture";
    SystemFile Discovery 0.86 "T1082" "System Information Discovery";
    FindingsKept Collection 0.95 "T1074.001" "Data Staged: Local Data Staging";
    SecurityLook Discovery 0.95 "T1518.001" "Software Discovery: Security Software Discovery";
    StartFileLook Discovery 0.86 "T1083" "File and Directory Discovery";
    CloudTamper Evasion 0.95 "T1562.008" "Impair Defenses: Disable or Modify Cloud Logs";
    AccountChange Persistence 0.86 "T1098" "Account Manipulation";
    Capability Escalation 0.92 "T1548" "Abuse Elevation Control Mechanism";
    KillHard Impact 0.78 "T1489" "Service Stop";
    RareShell Escalation 0.95 "T1059.004" "Command and Scripting Interpreter: Unix Shell";
    LaunchedShell Escalation 0.95 "T1202" "Indirect Command Execution";
    NameQuery Collection 0.92 "T1048.003" "Exfiltration Over Unencrypted Non-C2 Protocol";
    StartFileEdit Persistence 0.92 "T1546" "Event Triggered Execution";
    ServiceFromTemporary Persistence 0.95 "T1543.002" "Create or Modify System Process: Systemd Service";
    SettingEdit Evasion 0.95 "T1562" "Impair Defenses";
    OddFolder Control 0.63 "T1074.001" "Data Staged: Local Data Staging";
    CodedText Execution 0.78 "T1027" "Obfuscated Files or Information";
}
