"""List the environment variables that a plan cannot give to a script, because they choose what runs.

The shell, the dynamic loader, interpreters and system tools read programs, libraries and options from such variables.
The list has the variables that sudo deletes, and those of programs that scripts commonly start.
"""

import re

from chalicelib.domain.fault import Fault, json_path

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PREFIXES = (
    *("LD_", "DYLD_", "BASH_FUNC_", "DBUS_", "GIT_CONFIG", "GIT_SSH", "LUA_", "MALLOC_", "PERL5", "SUDO_", "SYSTEMD_"),
    *("XTABLES_", "LDR_", "_RLD", "KRB5_", "NPM_CONFIG_", "npm_config_", "CORECLR_", "COMPlus_", "DOTNET_", "ERL_"),
)
_SHELLS = (
    "BASHOPTS BASH_ENV CDPATH ENV FPATH GLOBIGNORE IFS NULLCMD PATH PROMPT_COMMAND PS4 READNULLCMD"
    " SHELL SHELLOPTS TMPPREFIX ZDOTDIR BASH_LOADABLES_PATH INPUTRC"
)
_C_LIBRARY = (
    "GCONV_PATH GETCONF_DIR GLIBC_TUNABLES HOSTALIASES LOCALDOMAIN LOCPATH NLSPATH PATH_LOCALE RESOLV_HOST_CONF"
    " RES_OPTIONS TZDIR AUTHSTATE KRBCONFDIR KRBTKFILE KRB_CONF LIBPATH SHLIB_PATH TERMCAP TERMINFO TERMINFO_DIRS"
    " TERMPATH DLC_ACE USR_ACE VAR_ACE"
)
_INTERPRETERS = (
    "AWKLIBPATH AWKPATH CLASSPATH JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS NODE_OPTIONS NODE_PATH PERLIO_DEBUG PERLLIB"
    " PHPRC PHP_INI_SCAN_DIR PYTHONBREAKPOINT PYTHONEXECUTABLE PYTHONHOME PYTHONINSPECT PYTHONPATH PYTHONSTARTUP"
    " PYTHONPLATLIBDIR PYTHONPYCACHEPREFIX GEM_HOME GEM_PATH BUNDLE_GEMFILE GUILE_LOAD_PATH GUILE_LOAD_COMPILED_PATH"
    " JAVA_HOME JULIA_LOAD_PATH JULIA_DEPOT_PATH R_ENVIRON R_ENVIRON_USER R_PROFILE R_PROFILE_USER TCLLIBPATH"
    " PYTHONUSERBASE PYTHONWARNINGS RUBYLIB RUBYOPT _JAVA_OPTIONS"
)
_TOOLS = (
    "EDITOR GIT_ASKPASS GIT_EDITOR GIT_EXEC_PATH GIT_EXTERNAL_DIFF GIT_PAGER GIT_PROXY_COMMAND GREP_OPTIONS GZIP"
    " IP6TABLES_LIB_DIR IPTABLES_LIB_DIR LESSCLOSE LESSOPEN MANPAGER OPENSSL_CONF OPENSSL_ENGINES OPENSSL_MODULES PAGER"
    " TAR_OPTIONS TC_LIB_DIR VISUAL XZ_DEFAULTS XZ_OPT"
    " AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE BROWSER COMPILER_PATH CURL_HOME CVS_RSH DOCKER_CONFIG EXINIT"
    " GCC_EXEC_PREFIX GNUPGHOME HOME KUBECONFIG KUBE_EDITOR LESS LESSEDIT MAKEFLAGS MANOPT NETRC RSYNC_RSH"
    " RSYNC_CONNECT_PROG SSH_ASKPASS VIMINIT WGETRC XDG_CONFIG_DIRS XDG_CONFIG_HOME"
)
NAMES = frozenset(f"{_SHELLS} {_C_LIBRARY} {_INTERPRETERS} {_TOOLS}".split())


def fault(name: str, value: object = "") -> Fault | None:
    """Return why a plan cannot set the variable to this value, None where it can."""
    path = json_path(["env", name])
    if not _NAME.fullmatch(name):
        return Fault(path, "it is no name of a variable", "give letters, digits and underscores, no digit first")
    if name in NAMES or name.startswith(_PREFIXES):
        return Fault(path, "it chooses which programs, libraries or options run", "set it in the script")
    if isinstance(value, str) and value.lstrip().startswith("()"):  # an old bash runs what stands behind it
        return Fault(path, "its value is a shell function", "give a value that does not begin with ()")
    return None
