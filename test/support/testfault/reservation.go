package testfault

import (
	"fmt"
	"net"
	"os"
	"syscall"
)

// reservation is a socket that is bound but does not listen yet: its address is
// reserved and refuses connections. Package net always listens at once.
type reservation struct {
	address string
	file    *os.File
	listen  func() error
}

func reserve() (*reservation, error) {
	syscall.ForkLock.RLock() // a child process must not inherit the socket
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(socket)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	r := &reservation{
		file:   os.NewFile(uintptr(socket), "reserved address"),
		listen: func() error { return os.NewSyscallError("listen", syscall.Listen(socket, syscall.SOMAXCONN)) },
	}
	if err := syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return nil, os.NewSyscallError("bind", err)
	}
	name, err := syscall.Getsockname(socket)
	if err != nil {
		return nil, os.NewSyscallError("getsockname", err)
	}
	r.address = fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	return r, nil
}

func (r *reservation) open() (net.Listener, error) {
	if err := r.listen(); err != nil {
		return nil, err
	}
	return net.FileListener(r.file)
}
