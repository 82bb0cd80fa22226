package cli_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// openTerminal returns both ends of a new pseudo-terminal: the screen, and the end
// that a program writes to.
func openTerminal(t *testing.T) (screen, program *os.File) {
	t.Helper()
	testtime.Slow(t)
	open := func(name string) *os.File {
		file, err := os.OpenFile(name, os.O_RDWR|syscall.O_NOCTTY, 0)
		if err != nil {
			t.Skipf("no pseudo-terminal: %v", err)
		}
		t.Cleanup(func() { _ = file.Close() })
		return file
	}
	screen = open("/dev/ptmx")
	ioctl := func(request uintptr, value *int32) {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, screen.Fd(), request, uintptr(unsafe.Pointer(value))); errno != 0 {
			t.Skipf("no pseudo-terminal: %v", errno)
		}
	}
	var number, locked int32
	ioctl(syscall.TIOCGPTN, &number)
	ioctl(syscall.TIOCSPTLCK, &locked)
	return screen, open(fmt.Sprintf("/dev/pts/%d", number))
}

func TestProgressIsShownOnATerminalBeforeTheResult(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	storePMSKey(t, d.Pool, otherKey)
	for args, hasProgress := range map[string]bool{"rotate-keys": true, "rotate-keys --check": false} {
		screen, program := openTerminal(t)
		cmd := exec.Command(binary, strings.Fields(args)...)
		cmd.Dir, cmd.Env = t.TempDir(), inRotation(d.URL).environment()
		cmd.Stdout, cmd.Stderr = program, program
		if err := cmd.Run(); err != nil {
			t.Error(err)
		}
		_ = program.Close()
		var shown bytes.Buffer
		_, _ = io.Copy(&shown, screen) // fails when the program's end is closed
		lines := strings.Split(shown.String(), "\r\n")
		if hasProgress {
			if !strings.HasPrefix(lines[0], "\rconfiguracion_pms.api_key_cifrada: 1\x1b[K\r") {
				t.Errorf("%s: the first line is %q", args, lines[0])
			}
			lines = lines[1:]
		}
		if !strings.HasPrefix(lines[0], "column ") {
			t.Errorf("%s: %q", args, shown.String())
		}
	}
}
